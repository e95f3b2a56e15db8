/** The strip of who edited how much when: stacked bars, and the stretch of time that is chosen on them. */
import type { Activity, Author } from '@/api/types'

export interface Bar {
  /** Which bucket, from 0. */
  bucket: number
  /** From the bottom up, heights as parts of the whole. */
  parts: { author: Author; from: number; to: number }[]
  edits: { author: Author; added: number; removed: number; revisions: number }[]
}

/** So much of the height has even the smallest edit. */
const LEAST = 0.12

/** Bars whose height grows with the root of the lines: one large import leaves the rest to be seen. */
export function barsOf(activity: Activity): Bar[] {
  const begin = Date.parse(activity.from)
  const sizeOf = (edits: { added: number; removed: number }[]): number =>
    edits.reduce((sum, { added, removed }) => sum + added + removed, 0)
  const largest = Math.max(1, ...activity.buckets.map(({ edits }) => sizeOf(edits)))
  return activity.buckets.map(({ at, edits }) => {
    const whole = LEAST + (1 - LEAST) * Math.sqrt(sizeOf(edits) / largest)
    // Whoever only added what has no lines is seen as well.
    const weights = edits.map(({ added, removed }) => Math.max(1, added + removed))
    const sum = weights.reduce((a, b) => a + b, 0)
    let from = 0
    const parts = edits.map(({ author }, i) => {
      const to = from + (whole * weights[i]!) / sum
      const part = { author: activity.authors[author]!, from, to }
      from = to
      return part
    })
    return {
      bucket: Math.round((Date.parse(at) - begin) / (activity.seconds * 1000)),
      parts,
      edits: edits.map(({ author, ...counts }) => ({ author: activity.authors[author]!, ...counts })),
    }
  })
}

/** The strip of a session that is a few seconds old is no single bar. */
const FEWEST = 24

/** How many buckets the strip has, with the empty ones. */
export function countOf({ from, to, seconds }: Activity): number {
  return Math.max(FEWEST, Math.round((Date.parse(to) - Date.parse(from)) / (seconds * 1000)))
}

/** Buckets from the first to before the second. */
export type Stretch = readonly [from: number, to: number]

/** When the edge before a bucket is. */
export function momentOfEdge(activity: Activity, edge: number): Date {
  return new Date(Date.parse(activity.from) + edge * activity.seconds * 1000)
}

/** The buckets that lie between two moments, at least one; null where there is no limit. */
export function stretchOf(activity: Activity, since: string | null, until: string | null): Stretch | null {
  const count = countOf(activity)
  if (since === null && until === null) return null
  const edge = (at: string | null, none: number): number => {
    if (at === null) return none
    const buckets = (Date.parse(at) - Date.parse(activity.from)) / (activity.seconds * 1000)
    return Math.min(count, Math.max(0, Math.round(buckets)))
  }
  const from = Math.min(edge(since, 0), count - 1)
  return [from, Math.max(from + 1, edge(until, count))]
}

/** The moments of a chosen stretch; an end of all that there is has none, so that what is new comes into it. */
export function limitsOf(
  activity: Activity,
  [from, to]: Stretch,
): { since: string | null; until: string | null } {
  const count = countOf(activity)
  return {
    since: from <= 0 ? null : momentOfEdge(activity, from).toISOString(),
    until: to >= count ? null : momentOfEdge(activity, to).toISOString(),
  }
}
