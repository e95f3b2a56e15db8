import { expect, test } from 'vitest'
import { around } from '@/model/excerpt'

const short = (text: string, ...words: string[]): string =>
  around(text, words)
    .map(({ text: part, found }) => (found ? `[${part}]` : part))
    .join('')

test.each([
  ['The LEXER and the lexer', ['lexer'], 'The [LEXER] and the [lexer]'],
  ['a+b (c)', ['+', '(c'], 'a[+]b [(c])'],
  ['nothing here', ['x'], 'nothing here'],
  ['', ['x'], ''],
  ['plain', [], 'plain'],
])('in %j %j is marked', (text, words, expected) => {
  expect(short(text, ...words)).toBe(expected)
})

test('a long text is shown around the first word, cut where words and characters end', () => {
  const text = `${'word '.repeat(100)}target ${'😀'.repeat(300)}`
  const shown = short(text, 'target')
  expect(shown).toMatch(/^…word (word )*\[target\] (😀)+…$/u)
  expect(shown.length).toBeLessThan(260)
  expect(short('😀'.repeat(200) + 'x', 'x')).toMatch(/^…(😀)+\[x\]$/u)
})
