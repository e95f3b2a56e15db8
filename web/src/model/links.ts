/** Addresses within a session that lead to a place in a file: `?file=src/parser.py&line=12` or `&line=12-20`. */

export interface Lines {
  line: number
  end_line: number
  start_column: number
  end_column: number
}

/** What `line` in an address stands for: the beginning of a line, or some whole lines; null for what is no place. */
export function linesAt(said: unknown): Lines | null {
  const [, from, to] =
    typeof said === 'string' ? (/^([1-9]\d{0,8})(?:-([1-9]\d{0,8}))?$/.exec(said) ?? []) : []
  if (from === undefined) return null
  if (to === undefined) return { line: Number(from), end_line: Number(from), start_column: 1, end_column: 1 }
  const [line, end_line] = [Number(from), Number(to)].sort((a, b) => a - b) as [number, number]
  return { line, end_line, start_column: 1, end_column: 2 ** 30 }
}
