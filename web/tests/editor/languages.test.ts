import { TreeFragment } from '@lezer/common'
import { expect, test } from 'vitest'
import { languageOf } from '@/editor/languages'

/** How many steps a parser takes. */
function steps(parse: { advance(): unknown }): number {
  let count = 1
  while (!parse.advance()) count++
  return count
}

test.each([
  ['a.py', (n: number) => `def rule_${n}(tokens): return len(tokens) + ${n}\n`],
  ['a.ts', (n: number) => `function rule${n}(tokens) { return tokens.length + ${n} }\n`],
])('an edit in a long file has some lines parsed anew, not a page: %s', async (path, line) => {
  const { language } = await (await languageOf(path))!.load()
  const text = Array.from({ length: 1_000 }, (_, n) => line(n)).join('')
  const fragments = TreeFragment.addTree(language.parser.parse(text))
  const whole = steps(language.parser.startParse(text))
  const at = text.indexOf('tokens', text.length / 2)
  const edited = text.slice(0, at) + 'x' + text.slice(at)
  const changed = [{ fromA: at, toA: at, fromB: at, toB: at + 1 }]
  const anew = steps(language.parser.startParse(edited, TreeFragment.applyChanges(fragments, changed)))
  expect(whole / anew).toBeGreaterThan(100)
})

test('a language keeps what belongs to it: how it is commented out, its brackets, its names', async () => {
  const { language, support } = await (await languageOf('a.py'))!.load()
  expect(language.name).toBe('python')
  expect(support).not.toEqual([])
  expect(language.parser.parse('x').topNode.name).toBe('Script')
})
