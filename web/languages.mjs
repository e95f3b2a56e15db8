// Writes which language a file is in by its name, as the editor has it, for the server: `node languages.mjs`.
import { writeFileSync } from 'node:fs'
import { languages } from '@codemirror/language-data'

const patterns = languages.filter(({ filename }) => filename)
const table = {
  names: Object.fromEntries(
    patterns.map(({ name, filename }) => [
      name,
      `${filename.flags.includes('i') ? '(?i)' : ''}${filename.source}`,
    ]),
  ),
  endings: Object.fromEntries(
    languages.toReversed().flatMap(({ name, extensions }) => extensions.map((ending) => [ending, name])),
  ),
}
const to = new URL('../server/code_together/session/languages.json', import.meta.url)
writeFileSync(to, JSON.stringify(table, null, 1) + '\n')
