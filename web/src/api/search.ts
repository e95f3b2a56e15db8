import { ApiError, address, queryString, reached, refusal, request } from './request'
import { texts } from '@/texts'

export interface SearchQuery {
  text: string
  regex: boolean
  case: boolean
  word: boolean
  /** Globs with commas between them; empty for all files. */
  paths: string
}

/** Lines and columns count from 1; `text` is the line, cut when it is long, and begins at `text_column`. */
export interface SearchMatch {
  line: number
  start_column: number
  end_column: number
  text: string
  text_column: number
}

export interface SearchFile {
  path: string
  matches: SearchMatch[]
}

export interface SearchSummary {
  matches: number
  /** There are more than were given. */
  truncated: boolean
  searched: number
  left_out: { binary: number; large: number }
}

export interface Replaced {
  id: string | null
  places: number
  files: number
  /** Files that were edited so fast meanwhile that they were left as they were. */
  left_out: string[]
}

type Line = SearchFile | SearchSummary | { error: { code: string; message: string } }

/** Looks through all files of a session; each file with matches is handed on as soon as it is known. Raises `ApiError`. */
export async function searchFiles(
  session: string,
  query: SearchQuery,
  found: (files: SearchFile[]) => void,
  signal: AbortSignal,
): Promise<SearchSummary> {
  const path =
    address('sessions', session, 'search') +
    queryString({
      q: query.text,
      regex: query.regex ? 1 : undefined,
      case: query.case ? 1 : undefined,
      word: query.word ? 1 : undefined,
      path: query.paths.trim() || undefined,
    })
  const response = await reached(
    path,
    { headers: { Accept: 'application/x-ndjson' }, credentials: 'same-origin', signal },
    signal,
  )
  if (!response.ok) throw await refusal(response)
  for await (const lines of values(response.body!.getReader())) {
    const files: SearchFile[] = []
    for (const line of lines) {
      if ('path' in line) files.push(line)
      else if ('error' in line) throw new ApiError(response.status, line.error.code, line.error.message)
      else {
        if (files.length) found(files)
        return line
      }
    }
    if (files.length) found(files)
  }
  throw new ApiError(0, 'unreachable', texts.errors.unreachable)
}

/** Replaces every match there is now, for everyone, in one revision. */
export const replaceInFiles = (session: string, query: SearchQuery, replacement: string): Promise<Replaced> =>
  request('POST', address('sessions', session, 'replace'), {
    json: {
      q: query.text,
      with: replacement,
      regex: query.regex,
      case: query.case,
      word: query.word,
      path: query.paths.trim(),
    },
  })

/** The values of a body that has one as JSON in each line, as many at a time as have come. */
async function* values(reader: ReadableStreamDefaultReader<Uint8Array>): AsyncGenerator<Line[]> {
  const decoder = new TextDecoder()
  let rest = ''
  for (;;) {
    const { done, value } = await reader.read()
    const lines = (rest + decoder.decode(value, { stream: !done })).split('\n')
    rest = lines.pop()!
    if (lines.length) yield lines.filter((line) => line).map((line) => JSON.parse(line) as Line)
    if (done) return
  }
}
