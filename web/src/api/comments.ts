/** The comments of a session: docs/reference/comments.md. */
import type { CommentBody, LineRange } from '@/wire/messages'
import { address, request } from './request'

export interface Said extends CommentBody {
  /** It mentions me, and I have not read it. */
  unread?: boolean
}

export interface CommentPage {
  /** Threads, the newest first, each with its replies, the oldest first. */
  comments: Said[]
  /** The `before` of the next page; null at the end. */
  next: string | null
  /** How many threads of the session are not resolved. */
  open: number
  /** How many unread mentions one has in it. */
  unread: number
}

export interface CommentQuery {
  path?: string | null
  /** 1: those that are not resolved; 0: those that are. */
  open?: 0 | 1 | null
  mine?: 1 | null
  /** Those that were said in this revision. */
  revision?: string | null
  before?: string | null
  limit?: number
}

/** What a new thread is about: a stretch of an open document, or lines of a file in a revision. */
export type Subject =
  | { anchor: { doc: number; version: number; from: number; to: number } }
  | { path: string; revision: string; range: Partial<LineRange> & Pick<LineRange, 'start_line' | 'end_line'> }

/** Where a thread is in the text that a file has in a revision. */
export interface PlaceThen {
  id: string
  range: LineRange
  resolved: boolean
  /** It was said of that very text. */
  said: boolean
}

const of = (session: string, ...parts: string[]): string => address('sessions', session, 'comments', ...parts)

export const listComments = (session: string, query: CommentQuery): Promise<CommentPage> =>
  request('GET', of(session), { query: { ...query } })

export const commentThread = (session: string, id: string): Promise<{ comments: Said[] }> =>
  request('GET', of(session, id))

/** `key` is the sender's own: sent again, the comment is made once. */
export const beginThread = (session: string, text: string, subject: Subject, key: string): Promise<Said> =>
  request('POST', of(session), { json: { text, ...subject, key } })

export const answerThread = (session: string, text: string, parent: string, key: string): Promise<Said> =>
  request('POST', of(session), { json: { text, parent, key } })

export const threadsThen = (
  session: string,
  revision: string,
  query: { path: string; before: string | null },
  signal: AbortSignal,
): Promise<{ threads: PlaceThen[]; next: string | null }> =>
  request('GET', address('sessions', session, 'revisions', revision, 'comments'), {
    query: { ...query },
    signal,
  })

export const editComment = (session: string, id: string, text: string): Promise<Said> =>
  request('PATCH', of(session, id), { json: { text } })

export const resolveThread = (session: string, id: string, resolved: boolean): Promise<Said> =>
  request('PATCH', of(session, id), { json: { resolved } })

export const deleteComment = (session: string, id: string): Promise<void> =>
  request('DELETE', of(session, id))

export const readMentions = (session: string, comments?: readonly string[]): Promise<{ unread: number }> =>
  request('POST', address('sessions', session, 'mentions', 'read'), { json: comments ? { comments } : {} })
