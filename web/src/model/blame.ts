/** What a blame tells beside each line. */
import type { BlameLine } from '@/api/types'

/** How many shades of age there are; the highest is the newest. */
export const SHADES = 6

/** The shade of each revision: they are spread over all shades by their order in time, so that a file of one day has them too. */
export function agesOf(lines: readonly Pick<BlameLine, 'revision' | 'at'>[]): Map<string, number> {
  const times = new Map(lines.map(({ revision, at }) => [revision, new Date(at).getTime()]))
  const order = [...new Set(times.values())].sort((a, b) => a - b)
  const last = order.length - 1
  const shade = new Map(
    order.map((time, place) => [time, last ? Math.round((place / last) * (SHADES - 1)) : SHADES - 1]),
  )
  return new Map([...times].map(([revision, time]) => [revision, shade.get(time)!]))
}
