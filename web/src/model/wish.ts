/** What somebody has typed into the field for files, commands and lines. */

export type Wish =
  | { kind: 'file'; query: string; line: number | null; column: number | null }
  | { kind: 'command'; query: string }
  | { kind: 'line'; line: number | null; column: number | null }

/** `>` leads to commands, `:12` to a line, `name:12:5` to a place in a file. */
export function parseWish(text: string): Wish {
  const typed = text.trimStart()
  if (typed.startsWith('>')) return { kind: 'command', query: typed.slice(1).trim() }
  const [, query = '', colon, line, column] = /^(.*?)(?:(:)(\d*)(?::(\d*))?)?\s*$/s.exec(typed)!
  const place = { line: line ? Number(line) : null, column: column ? Number(column) : null }
  if (colon && !query) return { kind: 'line', ...place }
  return { kind: 'file', query: query.trim(), ...place }
}
