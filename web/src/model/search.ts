/** Results of a search as rows that can be walked with the keyboard. */
import type { SearchFile, SearchMatch } from '@/api/search'

/** Whether a regular expression matches places between characters and nothing else, as `^` and `\b` do: those are no matches of a search. */
export const matchesPlaces = (pattern: string): boolean => /^(?:[\^$|()]|\\[AbBZ])+$/.test(pattern)

export interface FileRow {
  kind: 'file'
  key: string
  file: SearchFile
  open: boolean
  place: number
  of: number
}

export interface MatchRow {
  kind: 'match'
  key: string
  file: SearchFile
  match: SearchMatch
  place: number
  of: number
}

export type ResultRow = FileRow | MatchRow

/** Each file, and below it its matches unless it is closed. */
export function resultRows(files: readonly SearchFile[], closed: ReadonlySet<string>): ResultRow[] {
  return files.flatMap((file, index) => {
    const open = !closed.has(file.path)
    const head: FileRow = {
      kind: 'file',
      key: file.path,
      file,
      open,
      place: index + 1,
      of: files.length,
    }
    if (!open) return [head]
    return [
      head,
      ...file.matches.map((match, number): MatchRow => {
        const key = `${file.path}\n${match.line}:${match.start_column}`
        return { kind: 'match', key, file, match, place: number + 1, of: file.matches.length }
      }),
    ]
  })
}

const BEFORE = 24

/** The line in three pieces, the match in the middle; the first is short enough that the match is seen in a narrow column. */
export function matchPieces(match: SearchMatch): [string, string, string] {
  const start = match.start_column - match.text_column
  const end = match.end_column - match.text_column
  let before = match.text.slice(0, start).replace(/^\s+/, '')
  const cut = before.length > BEFORE || (match.text_column > 1 && before.length === start)
  if (before.length > BEFORE) before = before.slice(-BEFORE).replace(/^[\uDC00-\uDFFF]/, '')
  return [cut ? `…${before}` : before, match.text.slice(start, end), match.text.slice(end)]
}
