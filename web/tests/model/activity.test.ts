import { describe, expect, it } from 'vitest'
import type { Activity } from '@/api/types'
import { barsOf, countOf, limitsOf, momentOfEdge, stretchOf } from '@/model/activity'

const ANN = { name: 'ann', display_name: 'Ann' }
const BOB = { name: 'bob', display_name: 'Bob' }
const activity: Activity = {
  from: '2026-11-23T08:00:00.000Z',
  to: '2026-11-23T09:00:00.000Z',
  seconds: 360,
  revisions: 4,
  complete: true,
  authors: [ANN, BOB],
  buckets: [
    {
      at: '2026-11-23T08:00:00.000Z',
      edits: [
        { author: 0, revisions: 1, added: 60, removed: 20 },
        { author: 1, revisions: 1, added: 20, removed: 0 },
      ],
    },
    { at: '2026-11-23T08:54:00.000Z', edits: [{ author: 1, revisions: 2, added: 0, removed: 0 }] },
  ],
}

describe('the strip', () => {
  it('stacks what each did, the largest bucket over the whole height', () => {
    const [first, last] = barsOf(activity)
    expect(first!.bucket).toBe(0)
    expect(first!.parts.map(({ author }) => author)).toEqual([ANN, BOB])
    expect(first!.parts[0]!.to).toBeCloseTo(0.8)
    expect(first!.parts[1]).toMatchObject({ from: first!.parts[0]!.to })
    expect(first!.parts[1]!.to).toBeCloseTo(1)
    expect(last!.bucket).toBe(9)
    expect(last!.parts[0]!.to).toBeGreaterThan(0.05)
  })

  it('has as many buckets as fit, and never a few wide ones', () => {
    expect(countOf(activity)).toBe(24)
    expect(countOf({ ...activity, to: activity.from })).toBe(24)
    expect(countOf({ ...activity, seconds: 60 })).toBe(60)
  })

  it('chooses by buckets what the address says by moments', () => {
    expect(momentOfEdge(activity, 1).toISOString()).toBe('2026-11-23T08:06:00.000Z')
    const limits = limitsOf(activity, [2, 5])
    expect(limits).toEqual({ since: '2026-11-23T08:12:00.000Z', until: '2026-11-23T08:30:00.000Z' })
    expect(stretchOf(activity, limits.since, limits.until)).toEqual([2, 5])
  })

  it('has no limit at the ends, so that what is new is seen', () => {
    expect(limitsOf(activity, [0, 24])).toEqual({ since: null, until: null })
    expect(limitsOf(activity, [0, 3]).since).toBeNull()
    expect(stretchOf(activity, null, null)).toBeNull()
    expect(stretchOf(activity, null, '2026-11-23T08:30:00.000Z')).toEqual([0, 5])
  })

  it('shows at least one bucket of a stretch that is elsewhere', () => {
    expect(stretchOf(activity, '2027-01-01T00:00:00Z', null)).toEqual([23, 24])
    expect(stretchOf(activity, null, '2020-01-01T00:00:00Z')).toEqual([0, 1])
  })
})
