import { describe, expect, it } from 'vitest'
import { linesOf, tokensOf } from '@/model/colors'

describe('colours from the server', () => {
  it('LK4: are stretches of a line; what has no role is left out', () => {
    expect(tokensOf([3, 1, 1, 0, 2, 2], ['', 'keyword', 'number'])).toEqual([
      { from: 0, to: 3, look: 'tok-keyword' },
      { from: 4, to: 6, look: 'tok-number' },
    ])
    expect(tokensOf([2, 9, 1], ['', 'keyword'])).toEqual([])
  })

  it('counts lines as Git does', () => {
    expect(linesOf('a\nb\n')).toEqual(['a', 'b'])
    expect(linesOf('a\n\n')).toEqual(['a', ''])
    expect(linesOf('')).toEqual([])
  })
})
