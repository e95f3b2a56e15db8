/** Which comments stand beside which lines of a text of which not all lines are shown. */
import type { PlaceThen } from '@/api/comments'

export interface LineSign {
  ids: string[]
  /** How many of them are not resolved. */
  open: number
}

export interface LineSigns {
  /** By the line that they stand beside: the first of theirs that is shown. */
  shown: ReadonlyMap<number, LineSign>
  /** The lines that unresolved ones speak of. */
  about: ReadonlySet<number>
  /** The first lines of those of which no line is shown. */
  hidden: readonly number[]
}

/** Lines of one thread beyond these are not marked. */
const MOST_LINES = 1_000

/** `lines`: those that are shown, ascending. */
export function signsOf(places: readonly PlaceThen[], lines: readonly number[]): LineSigns {
  const shown = new Map<number, LineSign>()
  const about = new Set<number>()
  const hidden: number[] = []
  for (const { id, range, resolved } of places) {
    const line = lines[firstFrom(lines, range.start_line)]
    if (line === undefined || line > range.end_line) {
      hidden.push(range.start_line)
      continue
    }
    const sign = shown.get(line) ?? { ids: [], open: 0 }
    sign.ids.push(id)
    if (!resolved) sign.open++
    shown.set(line, sign)
    const end = Math.min(range.end_line, range.start_line + MOST_LINES)
    if (!resolved) for (let n = range.start_line; n <= end; n++) about.add(n)
  }
  return { shown, about, hidden }
}

/** The index of the first line that is not before `line`. */
function firstFrom(lines: readonly number[], line: number): number {
  let [low, high] = [0, lines.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (lines[middle]! < line) low = middle + 1
    else high = middle
  }
  return low
}
