import { describe, expect, it } from 'vitest'
import { matchesPlaces, matchPieces, resultRows } from '@/model/search'

const match = (text: string, start: number, end: number, column = 1, line = 3) => ({
  line,
  start_column: start,
  end_column: end,
  text,
  text_column: column,
})

describe('resultRows', () => {
  const files = [
    { path: 'a.py', matches: [match('one one', 1, 4), match('one one', 5, 8)] },
    { path: 'b.py', matches: [match('one', 1, 4)] },
  ]

  it('has each file and below it its matches, with their places', () => {
    const rows = resultRows(files, new Set())
    expect(rows.map(({ kind, place, of }) => [kind, place, of])).toEqual([
      ['file', 1, 2],
      ['match', 1, 2],
      ['match', 2, 2],
      ['file', 2, 2],
      ['match', 1, 1],
    ])
    expect(new Set(rows.map(({ key }) => key)).size).toBe(5)
  })

  it('leaves out the matches of a closed file', () => {
    expect(resultRows(files, new Set(['a.py'])).map(({ kind }) => kind)).toEqual(['file', 'file', 'match'])
  })
})

describe('matchPieces', () => {
  it('cuts the line around the match and drops indentation', () => {
    expect(matchPieces(match('    let x = 1', 9, 10))).toEqual(['let ', 'x', ' = 1'])
  })

  it('counts UTF-16 units', () => {
    expect(matchPieces(match('😀 x', 4, 5))).toEqual(['😀 ', 'x', ''])
  })

  it('keeps little before a match that lies far out, and no half of a character', () => {
    const [before, found] = matchPieces(match('😀'.repeat(13) + 'ax', 28, 29))
    expect(found).toBe('x')
    expect(before).toBe('…' + '😀'.repeat(11) + 'a')
    expect(matchPieces(match('bcx', 103, 104, 101))).toEqual(['…bc', 'x', ''])
  })
})

it.each(['^', '$', '\\b', '^$', '\\B', '(^|\\b)'])('%s matches places and no text', (pattern) => {
  expect(matchesPlaces(pattern)).toBe(true)
})

it.each(['^a', 'b$', '\\bname\\b', '\\\\b', 'a|^', '\\d', ''])('%s may match text', (pattern) => {
  expect(matchesPlaces(pattern)).toBe(false)
})
