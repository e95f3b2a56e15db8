import { ChangeSet, type Text } from '@codemirror/state'

/** How many lines may differ before the changed middle is taken as one piece. */
const MOST_DIFFERENCES = 400

interface Hunk {
  fromA: number
  toA: number
  fromB: number
  toB: number
}

/**
 * A change that makes `after` from `before`, by lines and within them by common ends. It cuts no surrogate pair.
 * The lines in between are compared by Myers, "An O(ND) Difference Algorithm and Its Variations" (1986), with bounded effort.
 */
export function diff(before: Text, after: Text): ChangeSet {
  const a = before.toJSON()
  const b = after.toJSON()
  const changes = hunks(a, b).map((hunk) => tighten(before, after, lines(before, after, hunk)))
  return ChangeSet.of(
    changes.map(({ fromA, toA, fromB, toB }) => ({ from: fromA, to: toA, insert: after.slice(fromB, toB) })),
    before.length,
  )
}

/** Runs of lines that differ, as line indexes from 0, ends excluded. */
function hunks(a: readonly string[], b: readonly string[]): Hunk[] {
  let start = 0
  while (start < a.length && start < b.length && a[start] === b[start]) start++
  let endA = a.length
  let endB = b.length
  while (endA > start && endB > start && a[endA - 1] === b[endB - 1]) {
    endA--
    endB--
  }
  if (start === endA && start === endB) return []
  const whole = { fromA: start, toA: endA, fromB: start, toB: endB }
  if (start === endA || start === endB) return [whole]
  return (
    myers(a.slice(start, endA), b.slice(start, endB))?.map((hunk) => ({
      fromA: hunk.fromA + start,
      toA: hunk.toA + start,
      fromB: hunk.fromB + start,
      toB: hunk.toB + start,
    })) ?? [whole]
  )
}

function myers(a: readonly string[], b: readonly string[]): Hunk[] | null {
  const most = Math.min(a.length + b.length, MOST_DIFFERENCES)
  const furthest = new Map<number, number>([[1, 0]])
  const trace: Map<number, number>[] = []
  for (let d = 0; d <= most; d++) {
    trace.push(new Map(furthest))
    for (let k = -d; k <= d; k += 2) {
      let x = down(furthest, k, d) ? furthest.get(k + 1)! : furthest.get(k - 1)! + 1
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x++
      furthest.set(k, x)
      if (x >= a.length && x - k >= b.length) return walkBack(a.length, b.length, trace)
    }
  }
  return null
}

function down(furthest: ReadonlyMap<number, number>, k: number, d: number): boolean {
  return k === -d || (k !== d && furthest.get(k - 1)! < furthest.get(k + 1)!)
}

function walkBack(x: number, y: number, trace: readonly Map<number, number>[]): Hunk[] {
  const found: Hunk[] = []
  for (let d = trace.length - 1; d > 0; d--) {
    const furthest = trace[d]!
    const k = x - y
    const before = down(furthest, k, d) ? k + 1 : k - 1
    const fromX = furthest.get(before)!
    const fromY = fromX - before
    // One line put in (down) or taken out; then equal lines up to (x, y).
    const step = {
      fromA: fromX,
      toA: before > k ? fromX : fromX + 1,
      fromB: fromY,
      toB: before > k ? fromY + 1 : fromY,
    }
    const next = found[0]
    if (next && next.fromA === step.toA && next.fromB === step.toB) {
      next.fromA = step.fromA
      next.fromB = step.fromB
    } else {
      found.unshift(step)
    }
    x = fromX
    y = fromY
  }
  return found
}

/** Line indexes to positions. A run of whole lines takes its line break with it: the one after it, or at the end the one before. */
function lines(before: Text, after: Text, { fromA, toA, fromB, toB }: Hunk): Hunk {
  const last = toA === before.lines || toB === after.lines
  const start = (text: Text, index: number): number =>
    index < text.lines ? text.line(index + 1).from : text.length
  if (!last)
    return {
      fromA: start(before, fromA),
      toA: start(before, toA),
      fromB: start(after, fromB),
      toB: start(after, toB),
    }
  const end = (text: Text, index: number): number => (index === 0 ? 0 : text.line(index).to)
  return { fromA: end(before, fromA), toA: before.length, fromB: end(after, fromB), toB: after.length }
}

/** Leaves off what a replaced stretch and its replacement begin and end with, whole characters only. */
function tighten(before: Text, after: Text, { fromA, toA, fromB, toB }: Hunk): Hunk {
  const a = before.sliceString(fromA, toA)
  const b = after.sliceString(fromB, toB)
  const shorter = Math.min(a.length, b.length)
  let start = 0
  while (start < shorter && a[start] === b[start]) start++
  if (start > 0 && isHigh(a.charCodeAt(start - 1))) start--
  let end = 0
  while (end < shorter - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++
  if (end > 0 && isLow(a.charCodeAt(a.length - end))) end--
  return { fromA: fromA + start, toA: toA - end, fromB: fromB + start, toB: toB - end }
}

export function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00
}

export function isLow(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000
}
