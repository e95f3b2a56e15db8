/** A unified diff's hunks as lines, and lines as rows for two columns. */

export interface DiffLine {
  kind: 'same' | 'add' | 'del'
  /** Line numbers from 1; null on the side where the line is not. */
  old: number | null
  new: number | null
  text: string
  /** The file ends without a line break here. */
  noNewline: boolean
}

export interface Hunk {
  oldStart: number
  oldLines: number
  newStart: number
  newLines: number
  /** What Git says the hunk lies in, such as a function's head. */
  heading: string
  lines: DiffLine[]
}

/** Two sides of one row; null where that side has nothing. */
export interface DiffRow {
  left: DiffLine | null
  right: DiffLine | null
}

const HEAD = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@ ?(.*)$/

/** Reads the hunks; what stands before the first one (file headers) is left out. */
export function parseHunks(diff: string): Hunk[] {
  const hunks: Hunk[] = []
  let hunk: Hunk | null = null
  let oldLine = 0
  let newLine = 0
  const lines = diff.split('\n')
  if (lines[lines.length - 1] === '') lines.pop()
  for (const line of lines) {
    const full: boolean =
      hunk !== null && oldLine - hunk.oldStart >= hunk.oldLines && newLine - hunk.newStart >= hunk.newLines
    const head: RegExpExecArray | null = hunk === null || full ? HEAD.exec(line) : null
    if (head) {
      hunk = {
        oldStart: Number(head[1]),
        oldLines: Number(head[2] ?? 1),
        newStart: Number(head[3]),
        newLines: Number(head[4] ?? 1),
        heading: head[5]!,
        lines: [],
      }
      // Git counts an empty side from the line before it.
      oldLine = hunk.oldStart
      newLine = hunk.newStart
      hunks.push(hunk)
    } else if (hunk === null) {
      continue
    } else if (line.startsWith('\\')) {
      const last = hunk.lines[hunk.lines.length - 1]
      if (last) last.noNewline = true
    } else if (line.startsWith('+')) {
      hunk.lines.push({ kind: 'add', old: null, new: newLine++, text: line.slice(1), noNewline: false })
    } else if (line.startsWith('-')) {
      hunk.lines.push({ kind: 'del', old: oldLine++, new: null, text: line.slice(1), noNewline: false })
    } else if (!full) {
      hunk.lines.push({ kind: 'same', old: oldLine++, new: newLine++, text: line.slice(1), noNewline: false })
    }
  }
  return hunks
}

/** Lines that are shown of a fold: below what stands above it, and above what stands below it. */
export interface Opened {
  above: number
  below: number
}

/** A hunk with what was opened around it. */
export interface Block {
  index: number
  hunk: Hunk
  /** Lines that did not change and are folded in front of it. */
  gap: number
  lines: DiffLine[]
}

export interface Folding {
  blocks: Block[]
  /** Lines that are folded behind the last hunk; null: nobody has counted them. */
  rest: number | null
}

/** Unchanged lines that Git gives around a change. */
const CONTEXT = 3

/**
 * What is shown of a file. `opened` says what of the fold in front of each hunk, and of that behind the last (its index is the number of hunks);
 * `text` has the lines of the new side once they are known: nothing can be opened before.
 */
export function folding(
  hunks: readonly Hunk[],
  opened: ReadonlyMap<number, Opened>,
  text: readonly string[] | null,
): Folding {
  const blocks: Block[] = []
  let oldNext = 1
  let newNext = 1
  const unchanged = (count: number): DiffLine[] =>
    Array.from({ length: count }, () => {
      const line = text?.[newNext - 1] ?? ''
      return { kind: 'same', old: oldNext++, new: newNext++, text: line, noNewline: false }
    })
  /** Shows what is opened of a fold and gives what stays folded. */
  const fold = (index: number, size: number, above: DiffLine[] | null): { hidden: number; below: number } => {
    const wanted = (text && opened.get(index)) || { above: 0, below: 0 }
    const shown = above ? Math.min(size, wanted.above) : 0
    above?.push(...unchanged(shown))
    const below = Math.min(size - shown, wanted.below)
    return { hidden: size - shown - below, below }
  }
  for (const [index, hunk] of hunks.entries()) {
    // Git counts an empty side from the line before it.
    const newStart = hunk.newLines === 0 ? hunk.newStart + 1 : hunk.newStart
    const before = blocks[blocks.length - 1]
    const { hidden, below } = fold(index, Math.max(0, newStart - newNext), before?.lines ?? null)
    oldNext += hidden
    newNext += hidden
    const lines = [...unchanged(below), ...hunk.lines]
    blocks.push({ index, hunk, gap: hidden, lines })
    newNext = newStart + hunk.newLines
    oldNext = (hunk.oldLines === 0 ? hunk.oldStart + 1 : hunk.oldStart) + hunk.oldLines
  }
  const last = blocks[blocks.length - 1]
  if (!last || !goesOn(last.hunk)) return { blocks, rest: 0 }
  if (!text) return { blocks, rest: null }
  const { hidden } = fold(hunks.length, Math.max(0, text.length - newNext + 1), last.lines)
  return { blocks, rest: hidden }
}

/** Whether the file may have lines behind a hunk. */
function goesOn(hunk: Hunk): boolean {
  const end = hunk.lines.slice(-CONTEXT)
  return end.length === CONTEXT && end.every(({ kind, noNewline }) => kind === 'same' && !noNewline)
}

/** The first so many lines of all blocks, and how many there are. */
export function limited(blocks: readonly Block[], most: number): { blocks: Block[]; length: number } {
  const found: Block[] = []
  let length = 0
  for (const block of blocks) {
    if (length < most) found.push({ ...block, lines: block.lines.slice(0, most - length) })
    length += block.lines.length
  }
  return { blocks: found, length }
}

/** How many of these lines of the new side are folded in front of each block's hunk; behind the last, of the number of `hunks`. */
export function inFolds(
  lines: readonly number[],
  blocks: readonly Block[],
  hunks: number,
): Map<number, number> {
  const counts = new Map<number, number>()
  const starts = blocks.map(({ index, lines }) => ({
    index,
    first: lines.find((line) => line.new !== null)?.new ?? 0,
  }))
  for (const line of lines) {
    const index = starts.find(({ first }) => first > line)?.index ?? hunks
    counts.set(index, (counts.get(index) ?? 0) + 1)
  }
  return counts
}

/** Rows for two columns: a run of removed lines stands beside the run of added ones that follows it. */
export function sideBySide(lines: readonly DiffLine[]): DiffRow[] {
  const rows: DiffRow[] = []
  let i = 0
  while (i < lines.length) {
    const line = lines[i]!
    if (line.kind === 'same') {
      rows.push({ left: line, right: line })
      i++
      continue
    }
    const { removed, added, end } = run(lines, i)
    for (const [left, right] of align(removed, added)) rows.push({ left, right })
    i = end
  }
  return rows
}

/** The pairs (removed, added) that are the same line changed: what a word difference is shown for. */
export function changedPairs(lines: readonly DiffLine[]): [DiffLine, DiffLine][] {
  return sideBySide(lines).flatMap(({ left, right }) =>
    left?.kind === 'del' && right?.kind === 'add' ? [[left, right] as [DiffLine, DiffLine]] : [],
  )
}

function run(
  lines: readonly DiffLine[],
  start: number,
): { removed: DiffLine[]; added: DiffLine[]; end: number } {
  const removed: DiffLine[] = []
  const added: DiffLine[] = []
  let end = start
  while (lines[end]?.kind === 'del') removed.push(lines[end++]!)
  while (lines[end]?.kind === 'add') added.push(lines[end++]!)
  return { removed, added, end }
}

/**
 * Lines whose `\r` before the line break says something: it was not there before or is not any more. In a file that has one at the end of every
 * line it says nothing, and neither does that of a new line in such a file.
 */
export function oddEnds(hunks: readonly Hunk[]): Set<DiffLine> {
  const found = new Set<DiffLine>()
  const all = hunks.flatMap(({ lines }) => lines)
  const usual = all.filter(hasReturn).length * 2 > all.length
  for (const { lines } of hunks) {
    if (!lines.some(hasReturn)) continue
    const others = new Map(
      changedPairs(lines).flatMap(
        ([old, fresh]) =>
          [
            [old, fresh],
            [fresh, old],
          ] as const,
      ),
    )
    for (const line of lines) {
      const other = others.get(line)
      if (line.kind !== 'same' && hasReturn(line) && !(other ? hasReturn(other) : usual)) found.add(line)
    }
  }
  return found
}

/** Whether a line ends with CR LF. */
export const hasReturn = ({ text, noNewline }: DiffLine): boolean => text.endsWith('\r') && !noNewline

/** The most pairs that are looked at to find which removed line became which added one. */
const ALIGN_LIMIT = 2_500

/**
 * Puts lines that are alike beside each other, in order, and the rest as near as they come: dynamic programming over the
 * likeness of each pair (Needleman–Wunsch without a price for gaps). Long runs are paired by their place.
 */
function align(removed: DiffLine[], added: DiffLine[]): [DiffLine | null, DiffLine | null][] {
  const n = removed.length
  const m = added.length
  if (n * m === 0 || n * m > ALIGN_LIMIT) {
    return Array.from({ length: Math.max(n, m) }, (_, i) => [removed[i] ?? null, added[i] ?? null])
  }
  const width = m + 1
  const best = new Float64Array((n + 1) * width)
  const worth = removed.map((old) => added.map((fresh) => likeness(old.text, fresh.text)))
  for (let i = n - 1; i >= 0; i--) {
    for (let j = m - 1; j >= 0; j--) {
      best[i * width + j] = Math.max(
        worth[i]![j]! + best[(i + 1) * width + j + 1]!,
        best[(i + 1) * width + j]!,
        best[i * width + j + 1]!,
      )
    }
  }
  const pairs: [DiffLine | null, DiffLine | null][] = []
  const loneOld: DiffLine[] = []
  const loneNew: DiffLine[] = []
  const flush = (): void => {
    for (let k = 0; k < Math.max(loneOld.length, loneNew.length); k++)
      pairs.push([loneOld[k] ?? null, loneNew[k] ?? null])
    loneOld.length = loneNew.length = 0
  }
  let i = 0
  let j = 0
  while (i < n && j < m) {
    const value = worth[i]![j]!
    if (value > 0 && best[i * width + j] === value + best[(i + 1) * width + j + 1]!) {
      flush()
      pairs.push([removed[i++]!, added[j++]!])
    } else if (best[(i + 1) * width + j]! >= best[i * width + j + 1]!) loneOld.push(removed[i++]!)
    else loneNew.push(added[j++]!)
  }
  loneOld.push(...removed.slice(i))
  loneNew.push(...added.slice(j))
  flush()
  return pairs
}

/** How alike two lines are, 0 to 1: what they share of their words (Dice's coefficient); 0 below a third. */
export function likeness(a: string, b: string): number {
  const words = a.match(/\w+|[^\s\w]/gu) ?? []
  const others = b.match(/\w+|[^\s\w]/gu) ?? []
  if (words.length + others.length === 0) return 1
  const left = new Map<string, number>()
  for (const word of words) left.set(word, (left.get(word) ?? 0) + 1)
  let shared = 0
  for (const word of others) {
    const there = left.get(word) ?? 0
    if (there > 0) {
      shared++
      left.set(word, there - 1)
    }
  }
  const value = (2 * shared) / (words.length + others.length)
  return value < 1 / 3 ? 0 : value
}
