/** Which words of a changed line are new or gone. */
import { changedPairs, type DiffLine } from '@/model/diff'

/** A stretch of a line, in UTF-16 units: start, end. */
export type Span = readonly [number, number]

const TOKENS = /[\p{L}\p{N}_]+|\s+|[^\p{L}\p{N}_\s]/gu
/** Beyond this many pairs of tokens the whole middle counts as changed. */
const LIMIT = 250_000
/** Longer lines are not compared word by word. */
const LONGEST = 5_000

/**
 * The changed stretches of both lines. Common ends are cut off first; between them a longest common subsequence of words
 * is found (the textbook table). Stretches with only blanks between them are joined, so that a phrase is one mark.
 */
export function wordDiff(before: string, after: string): { removed: Span[]; added: Span[] } {
  const a = before.match(TOKENS) ?? []
  const b = after.match(TOKENS) ?? []
  let start = 0
  while (start < a.length && start < b.length && a[start] === b[start]) start++
  let endA = a.length
  let endB = b.length
  while (endA > start && endB > start && a[endA - 1] === b[endB - 1]) {
    endA--
    endB--
  }
  const keptA = new Array<boolean>(a.length).fill(true)
  const keptB = new Array<boolean>(b.length).fill(true)
  keptA.fill(false, start, endA)
  keptB.fill(false, start, endB)
  const n = endA - start
  const m = endB - start
  if (n > 0 && m > 0 && n * m <= LIMIT) {
    const width = m + 1
    const table = new Uint32Array((n + 1) * width)
    for (let i = n - 1; i >= 0; i--) {
      for (let j = m - 1; j >= 0; j--) {
        table[i * width + j] =
          a[start + i] === b[start + j]
            ? table[(i + 1) * width + j + 1]! + 1
            : Math.max(table[(i + 1) * width + j]!, table[i * width + j + 1]!)
      }
    }
    let i = 0
    let j = 0
    while (i < n && j < m) {
      if (a[start + i] === b[start + j]) {
        keptA[start + i++] = true
        keptB[start + j++] = true
      } else if (table[(i + 1) * width + j]! >= table[i * width + j + 1]!) i++
      else j++
    }
  }
  return { removed: spans(a, keptA), added: spans(b, keptB) }
}

function spans(tokens: readonly string[], kept: readonly boolean[]): Span[] {
  const found: [number, number][] = []
  let position = 0
  let blank = true
  for (const [index, token] of tokens.entries()) {
    const end = position + token.length
    if (!kept[index]) {
      const last = found[found.length - 1]
      if (last && blank) last[1] = end
      else found.push([position, end])
      blank = true
    } else if (token.trim() !== '') blank = false
    position = end
  }
  return found
}

/** What is marked in lines of a difference that are another line changed. */
export function wordMarks(lines: readonly DiffLine[]): Map<DiffLine, readonly Span[]> {
  const found = new Map<DiffLine, readonly Span[]>()
  for (const [before, after] of changedPairs(lines)) {
    if (Math.max(before.text.length, after.text.length) > LONGEST) continue
    const { removed, added } = wordDiff(before.text, after.text)
    // Where nearly everything is new, marks say nothing.
    if (covers(removed, before.text) && covers(added, after.text)) continue
    found.set(before, removed)
    found.set(after, added)
  }
  return found
}

function covers(spans: readonly Span[], text: string): boolean {
  return spans.reduce((sum, [from, to]) => sum + to - from, 0) > text.trim().length * 0.8
}
