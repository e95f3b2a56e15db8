/** What a client tells the page. */

import type {
  ChatMessage,
  ChatRead,
  Comment,
  Comments,
  FileEntry,
  Merged,
  Named,
  Moved,
  Look,
  Person,
  Revision,
  Role,
  SessionInfo,
  Settled,
  Typing,
  Touched,
  Welcome,
} from '../wire/messages'
import type { Document } from './document'
import type { Rescued } from './storage'

export type Status = 'connecting' | 'online' | 'offline' | 'closed'

/** Why a client is closed, when it is. `disabled`: the account was; `refused`: the server did not take what it was sent; the text is kept. */
export type Reason =
  'stopped' | 'logged_out' | 'disabled' | 'removed' | 'deleted' | 'refused' | 'protocol' | 'not_found'

export interface StatusEvent {
  status: Status
  reason: Reason | null
  /** The server's sentence for people, if it said one. */
  message: string | null
  /** The document whose edits were refused. */
  doc: number | null
  /** When offline: milliseconds until the next attempt. */
  retryIn: number | null
}

/** The truth about what is not saved (CL9): updates of this tab, and those that dead tabs left and that are being sent. */
export interface PendingEvent {
  updates: number
  documents: number
  /** Since when, by the clock; null if everything is saved. */
  since: number | null
}

export interface ErrorEvent {
  code: string
  message: string
  fatal: boolean
  doc: number | null
}

export interface ClientEvents {
  status: StatusEvent
  welcome: Welcome
  people: Person[]
  /** Some look at another file, became idle or came back. */
  looks: Look[]
  /** Others changed files that are not open here. */
  touched: Touched[]
  files: FileEntry[]
  /** Before the files of which it is true. */
  moved: Moved
  chat: ChatMessage
  chat_changed: ChatMessage
  chat_read: ChatRead
  typing: Typing
  comment: Comment
  /** Where all threads of a document are; from then on they move with its updates. */
  comments: Comments
  revision: Revision
  merged: Merged
  settled: Settled
  named: Named
  role: Role
  /** The session's title, and whether it is archived: with the welcome and whenever it changes. */
  session: SessionInfo
  pending: PendingEvent
  /** A document's `readOnly`, `path`, `deleted` or `pending` may be another. */
  document: Document
  error: ErrorEvent
  /** A text that could not be merged, to be shown beside the server's until `dismiss`. */
  kept: Rescued
}
