import { describe, expect, it } from 'vitest'
import { parseHunks } from '@/model/diff'
import { wordDiff, wordMarks } from '@/model/words'

const cut = (text: string, spans: readonly (readonly [number, number])[]) =>
  spans.map(([from, to]) => text.slice(from, to))

describe('wordDiff', () => {
  it('marks the words that are new and those that are gone', () => {
    const before = 'raise ParseError("unexpected input", 0)'
    const after = 'raise ParseError("unexpected token", extra)'
    const { removed, added } = wordDiff(before, after)
    expect(cut(before, removed)).toEqual(['input', '0'])
    expect(cut(after, added)).toEqual(['token', 'extra'])
  })

  it('marks nothing in equal lines', () => {
    expect(wordDiff('a b', 'a b')).toEqual({ removed: [], added: [] })
  })

  it('marks only what was inserted', () => {
    const { removed, added } = wordDiff('{"/": 20}', '{"/": 20, "^": 30}')
    expect(removed).toEqual([])
    expect(cut('{"/": 20, "^": 30}', added)).toEqual([', "^": 30'])
  })

  it('joins changed words with only blanks between them', () => {
    const after = 'x new words y'
    expect(cut(after, wordDiff('x old y', after).added)).toEqual(['new words'])
  })

  it('never cuts an astral character', () => {
    const { removed, added } = wordDiff('say 🙂 now', 'say 🙃 now')
    expect(cut('say 🙂 now', removed)).toEqual(['🙂'])
    expect(cut('say 🙃 now', added)).toEqual(['🙃'])
  })

  it('gives up on the middle of enormous lines, and keeps their common ends', () => {
    const many = (word: string) => Array.from({ length: 600 }, (_, i) => `${word}${i}`).join(' ')
    const before = `start ${many('a')} end`
    const { removed } = wordDiff(before, `start ${many('b')} end`)
    expect(cut(before, removed)).toEqual([many('a')])
  })
})

describe('wordMarks', () => {
  const linesOf = (before: string, after: string) =>
    parseHunks(`@@ -1,2 +1,2 @@\n same\n-${before}\n+${after}\n`)[0]!.lines

  it('marks both lines of a changed pair, and none that stayed', () => {
    const lines = linesOf('return first(tokens)', 'return last(tokens)')
    const marks = wordMarks(lines)
    expect(marks.size).toBe(2)
    expect(cut(lines[1]!.text, marks.get(lines[1]!)!)).toEqual(['first'])
    expect(cut(lines[2]!.text, marks.get(lines[2]!)!)).toEqual(['last'])
  })

  it('marks nothing where nearly everything is new', () => {
    expect(wordMarks(linesOf('alpha beta gamma', 'one two three')).size).toBe(0)
  })

  it('does not compare enormous lines', () => {
    const long = 'word '.repeat(1_001)
    expect(wordMarks(linesOf(`${long}a`, `${long}b`)).size).toBe(0)
  })
})
