import { describe, expect, it } from 'vitest'
import { agesOf, SHADES } from '@/model/blame'

const at = (minute: number): string => new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString()

describe('ages of lines', () => {
  it('LK6: are spread over all shades by their order', () => {
    const ages = agesOf([3, 1, 2, 900, 1].map((minute) => ({ revision: `r${minute}`, at: at(minute) })))
    expect([...ages].sort()).toEqual([
      ['r1', 0],
      ['r2', 2],
      ['r3', 3],
      ['r900', SHADES - 1],
    ])
  })

  it('LK6: of one revision are new', () => {
    expect([...agesOf([{ revision: 'a', at: at(1) }])]).toEqual([['a', SHADES - 1]])
  })
})
