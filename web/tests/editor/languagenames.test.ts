import { readFileSync } from 'node:fs'
import { languages } from '@codemirror/language-data'
import { expect, test } from 'vitest'

interface Table {
  names: Record<string, string>
  endings: Record<string, string>
}

test('The server knows the languages of the editor: `node languages.mjs` after a new version of the list.', () => {
  const table = JSON.parse(
    readFileSync(new URL('../../../server/code_together/session/languages.json', import.meta.url), 'utf-8'),
  ) as Table
  for (const { name, extensions } of languages) {
    for (const ending of extensions) {
      const first = languages.find((other) => other.extensions.includes(ending))!
      expect(table.endings[ending], `${name}, .${ending}`).toBe(first.name)
    }
  }
  expect(Object.keys(table.names).sort()).toEqual(
    languages
      .filter(({ filename }) => filename)
      .map(({ name }) => name)
      .sort(),
  )
})
