import { describe, expect, it } from 'vitest'
import { match, rank } from '@/model/fuzzy'
import { processorSince } from '../processor'

const best = (query: string, texts: string[]): string[] =>
  rank(query, texts, (text) => text, 10).map(({ item }) => item)
const marked = (query: string, text: string): string | null => {
  const found = match(query, text)
  return found && [...text].map((letter, at) => (found.places.includes(at) ? `[${letter}]` : letter)).join('')
}

describe('match', () => {
  it('wants all letters, in their order', () => {
    expect(match('prs', 'parser.py')).not.toBeNull()
    expect(match('rsp', 'parser.py')).not.toBeNull()
    expect(match('pq', 'parser.py')).toBeNull()
    expect(match('yp', 'parser.py')).toBeNull()
    expect(match('', 'parser.py')).toEqual({ score: 0, places: [] })
  })

  it('lays the letters where they mean most', () => {
    expect(marked('fv', 'src/components/FileView.vue')).toBe('src/components/[F]ile[V]iew.vue')
    expect(marked('par', 'papers/parser.py')).toBe('papers/[p][a][r]ser.py')
    expect(marked('tm', 'test_my_team.py')).toBe('[t]est_[m]y_team.py')
  })

  it('wants all words, in any order', () => {
    expect(marked('py tests', 'tests/test_a.py')).toBe('[t][e][s][t][s]/test_a.[p][y]')
    expect(match('py docs', 'tests/test_a.py')).toBeNull()
  })

  it('is not confused by letters that change their length', () => {
    expect(match('b', 'İb')?.places).toEqual([1])
  })

  it('is never worse than the first way to lay the letters', () => {
    const seed = 20_251_123
    let state = seed
    const next = (below: number): number => {
      state = (state * 1_103_515_245 + 12_345) % 2 ** 31
      return state % below
    }
    const text = (length: number): string => Array.from({ length }, () => 'ab/_'[next(4)]).join('')
    for (let i = 0; i < 300; i++) {
      const whole = text(8)
      const query = whole.replace(/[/_]/g, '').slice(0, 1 + next(3))
      if (!query) continue
      const found = match(query, whole)
      expect(found, `seed ${seed}: ${query} in ${whole}`).not.toBeNull()
      expect(found!.places.map((at) => whole[at]).join(''), `seed ${seed}`).toBe(query)
      expect(found!.score, `seed ${seed}: ${query} in ${whole}`).toBeGreaterThanOrEqual(greedy(query, whole))
    }
  })
})

/** The score of the first way to lay the letters, by the same measure. */
function greedy(query: string, text: string): number {
  let score = 0
  let last = -1
  const name = text.lastIndexOf('/') + 1
  for (const letter of query) {
    const at = text.indexOf(letter, last + 1)
    score += 16 + (at >= name ? 3 : 0)
    if (at === 0 || /[/_]/.test(text[at - 1]!)) score += 8
    if (last >= 0) score += at === last + 1 ? 6 : -3 - (at - last - 2)
    last = at
  }
  return score
}

describe('rank', () => {
  it('puts the file of the name first, and the shorter path', () => {
    expect(best('parser', ['docs/parser/notes.md', 'src/parser.py', 'tests/test_parser.py'])[0]).toBe(
      'src/parser.py',
    )
    expect(best('read', ['lib/a/README.md', 'README.md'])[0]).toBe('README.md')
  })

  it('counts a bonus', () => {
    const found = rank(
      'a',
      ['ab', 'ac'],
      (text) => text,
      1,
      (text) => (text === 'ac' ? 5 : 0),
    )
    expect(found.map(({ item }) => item)).toEqual(['ac'])
  })

  it('is quick with 5,000 files', () => {
    const paths = Array.from(
      { length: 5_000 },
      (_, i) => `packages/module_${i % 70}/src/components/deep/SomeComponent${i}.test.ts`,
    )
    const begun = process.cpuUsage()
    expect(best('comp42test', paths)).toHaveLength(10)
    expect(processorSince(begun)).toBeLessThan(500)
  })
})
