/** Stretches of a text, in units for editors and in lines and columns for people; both from the same text. */
import type { Text } from '@codemirror/state'
import type { LineRange } from '@/wire/messages'

export interface StretchOf {
  from: number
  to: number
}

/** Of a range that another text may have, what this one has of it. */
export function spanOfRange(doc: Text, range: LineRange): StretchOf {
  const at = (number: number, column: number): number => {
    const line = doc.line(Math.max(1, Math.min(number, doc.lines)))
    return Math.min(line.to, line.from + Math.max(0, column - 1))
  }
  const from = at(range.start_line, range.start_column)
  return { from, to: Math.max(from, at(range.end_line, range.end_column)) }
}

/** The lines of a stretch; of one that holds nothing the whole line. */
export function rangeOfSpan(
  doc: Text,
  { from, to }: StretchOf,
): Partial<LineRange> & Pick<LineRange, 'start_line' | 'end_line'> {
  const [start, end] = [doc.lineAt(from), doc.lineAt(to)]
  if (from === to) return { start_line: start.number, end_line: end.number }
  return {
    start_line: start.number,
    start_column: from - start.from + 1,
    end_line: end.number,
    end_column: to - end.from + 1,
  }
}
