import { describe, expect, it } from 'vitest'
import { agoOf, byDay, dayOf, daysApart, momentOf } from '@/model/days'

const now = new Date(2026, 10, 23, 14, 30)

describe('daysApart', () => {
  it('goes by the calendar, not by hours', () => {
    expect(daysApart(new Date(2026, 10, 22, 23, 59), now)).toBe(-1)
    expect(daysApart(new Date(2026, 10, 23, 0, 0), now)).toBe(0)
  })

  it('is not led astray by a night when the clock changes', () => {
    expect(daysApart(new Date(2026, 9, 25, 0, 30), new Date(2026, 9, 26, 0, 30))).toBe(-1)
  })
})

describe('dayOf', () => {
  it('names today and yesterday, then weekdays, then dates, and other years', () => {
    expect(dayOf(now, now)).toMatch(/^Today, /)
    expect(dayOf(new Date(2026, 10, 22), now)).toMatch(/^Yesterday, /)
    expect(dayOf(new Date(2026, 10, 20), now)).toMatch(/^Friday, /)
    expect(dayOf(new Date(2026, 9, 3), now)).toMatch(/October/)
    expect(dayOf(new Date(2025, 9, 3), now)).toMatch(/2025/)
  })
})

describe('agoOf', () => {
  it('counts seconds and minutes, then says the moment', () => {
    expect(agoOf(new Date(now.getTime() - 3_000), now)).toMatch(/^3/)
    expect(agoOf(new Date(now.getTime() - 120_000), now)).toMatch(/^2/)
    expect(agoOf(new Date(2026, 10, 22, 16, 40), now)).toMatch(/^Yesterday, /)
  })

  it('says now for a clock that is behind the server', () => {
    expect(agoOf(new Date(now.getTime() + 5_000), now)).toBe('now')
  })
})

describe('momentOf', () => {
  it('has the day and the time', () => {
    expect(momentOf(new Date(2026, 10, 23, 14, 8), now)).toMatch(/^today, .*08/)
  })
})

describe('byDay', () => {
  it('cuts where the day changes and keeps the order', () => {
    const items = [23, 23, 22, 20].map((day) => new Date(2026, 10, day, 12))
    expect(byDay(items, (item) => item, now).map(({ key, items }) => [key, items.length])).toEqual([
      ['2026-11-23', 2],
      ['2026-11-22', 1],
      ['2026-11-20', 1],
    ])
  })
})
