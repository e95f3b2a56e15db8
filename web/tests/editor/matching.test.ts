import { describe, expect, it } from 'vitest'
import { matchesIn, MOST, onlyPlaces, wrongIn, type Asked } from '@/editor/matching'

const ask = (text: string, source: string, more: Partial<Asked> = {}) =>
  matchesIn(text, {
    source,
    ignoreCase: false,
    wholeWord: false,
    wordChars: '',
    replacement: '',
    ...more,
  })
const places = (...asked: Parameters<typeof ask>): number[] => Array.from(ask(...asked).places)

describe('matching', () => {
  it('ED10: matches are found in order, over line ends too, in units, and of nothing too', () => {
    expect(places('one two\ntwo', 'two')).toEqual([4, 7, 8, 11])
    expect(places('a \n b', 'a\\s+b')).toEqual([0, 5])
    expect(places('😀a😀', 'a|.$')).toEqual([2, 3, 3, 5])
    expect(places('x\ny', '^')).toEqual([0, 0, 2, 2])
    expect(places('One one', 'one', { ignoreCase: true })).toEqual([0, 3, 4, 7])
  })

  it('ED10: whole words are not part of longer ones, in the words of the language', () => {
    expect(places('one on on1 öon on', 'on', { wholeWord: true })).toEqual([4, 6, 15, 17])
    expect(places('a-on on', 'on', { wholeWord: true, wordChars: '-' })).toEqual([5, 7])
    expect(places('𝒜on on', 'on', { wholeWord: true })).toEqual([5, 7])
  })

  it('ED10: groups, the match, a dollar, line breaks and tabs stand for themselves in what comes instead', () => {
    const { inserts, missing } = ask('ab', '(a)(b)?(c)?', { replacement: '$2$1$3-$&-$$-$12\\n\\t\\\\' })
    expect(inserts).toEqual(['ba-ab-$-a2\n\t\\'])
    expect(missing).toBeNull()
  })

  it('ED10: a group that the pattern does not have is told, and nothing is put together', () => {
    expect(ask('ab', '(a)', { replacement: '$1$9' })).toMatchObject({ inserts: null, missing: 9 })
    expect(ask('ab', 'a', { replacement: '$1' })).toMatchObject({ inserts: null, missing: 1 })
  })

  it('ED10: more than can be shown are cut off, and said to be', () => {
    const text = 'a'.repeat(MOST + 1)
    expect(ask(text, 'a').more).toBe(true)
    expect(ask(text, 'a').places.length).toBe(2 * MOST)
    expect(ask(text.slice(1), 'a').more).toBe(false)
  })

  it('ED10: what is no regular expression has a reason', () => {
    expect(wrongIn('(a')).toBe('Unterminated group')
    expect(wrongIn('(a+)+$')).toBeNull()
  })
})

it('ED10: tells matches of places alone from those of text, and from none', () => {
  const of = (source: string): boolean => onlyPlaces(ask('one\ntwo 2\n', source))
  expect(['^', '$', '\\b', '(?=two)'].map(of)).toEqual([true, true, true, true])
  expect(['^t', 'o*', 'x', '\\d'].map(of)).toEqual([false, false, false, false])
})
