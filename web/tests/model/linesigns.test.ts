import { describe, expect, it } from 'vitest'
import type { PlaceThen } from '@/api/comments'
import { signsOf } from '@/model/linesigns'

const place = (id: string, start: number, end = start, resolved = false): PlaceThen => ({
  id,
  range: { start_line: start, start_column: 1, end_line: end, end_column: 2 },
  resolved,
  said: false,
})

describe('CW6: signs beside the lines that are shown', () => {
  it('puts a thread beside its first line that is shown, with the others of that line', () => {
    const { shown, hidden } = signsOf([place('a', 2, 5), place('b', 4), place('c', 4, 4, true)], [1, 4, 5])
    expect([...shown]).toEqual([[4, { ids: ['a', 'b', 'c'], open: 2 }]])
    expect(hidden).toEqual([])
  })

  it('counts what is folded away, and never puts it on a line that it does not speak of', () => {
    const { shown, hidden } = signsOf([place('a', 2, 3), place('b', 9)], [1, 4, 5])
    expect(shown.size).toBe(0)
    expect(hidden).toEqual([2, 9])
  })

  it('marks the lines of those that are not resolved', () => {
    const { about } = signsOf([place('a', 2, 3), place('b', 4, 4, true)], [1, 2, 3, 4])
    expect([...about]).toEqual([2, 3])
  })
})
