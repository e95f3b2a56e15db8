/** The messages of the live protocol, version 1: docs/reference/contract.md, section 3. Positions are UTF-16 units. */

import type { ChangeSet } from '@codemirror/state'

export const PROTOCOL = 1

export type Role = 'owner' | 'editor' | 'commenter' | 'viewer'

/** Anchor and head of one selection. */
export type Range = readonly [number, number]

/** A ChangeSet as JSON: keep n, `[n]` delete n, `[n, line, …]` replace n by the lines. */
export type Part = number | [number, ...string[]]
export type Changes = Part[]

/** What one connection is at; another server may leave it out. */
export interface Look {
  client: string
  /** The file that is looked at; null: none. */
  path?: string
  /** For how many seconds nobody has been at the keyboard; null: somebody is. */
  idle?: number
}

/** Someone who is in the session now, once for each connection. `color` is one of 1 to 8. */
export interface Person extends Look {
  name: string
  display_name: string
  color: number
  role: Role
}

/** An account or, with `name` null, someone who came with a git push. */
export interface Author {
  name: string | null
  display_name: string
  email: string
}

export interface FileEntry {
  path: string
  size: number
  binary: boolean
  doc?: number
}

export interface SessionInfo {
  id: string
  title: string
  /** It can be read and not changed; another server may leave it out. */
  archived?: boolean
}

export interface You {
  name: string
  role: Role
  color: number
}

/** One accepted update. `seq` is its number among those of its client to the document, from 1. */
export interface Update {
  client: string
  seq: number
  by: string
  changes: ChangeSet
}

/** Where one client's carets are in a document. Without ranges it has none there (any more); then nobody need be named. */
export interface Selection {
  client: string
  name: string | null
  display_name: string | null
  color: number | null
  ranges: Range[]
  /** Where what it sees of the text begins and ends. */
  view?: Range
}

/** A file that others have changed. With `version` it was edited up to there; without, it was made or replaced as a whole. */
export interface Touched {
  path: string
  doc?: number
  version?: number
  by: { name: string; display_name: string; color: number }[]
}

/** Paths of a file or folder. */
export interface Moved {
  from: string
  to: string
}

export interface ChatMessage {
  id: number
  author: Author
  at: string
  text: string
  /** When it got another text; another server may leave it out, as the next. */
  edited_at?: string
  /** Its text is gone, its place stays. */
  deleted?: boolean
}

// Client to server

export interface Hello {
  type: 'hello'
  protocol: typeof PROTOCOL
  client?: string
  /** Of files it shall be told what is otherwise: `files_changed` in place of `files`. */
  files_delta?: boolean
}
export interface OpenPath {
  type: 'open'
  path: string
}
export interface OpenDocument {
  type: 'open'
  doc: number
  version?: number | undefined
}
export interface Push {
  type: 'push'
  doc: number
  version: number
  seq: number
  changes: Changes[]
}
export interface Select {
  type: 'select'
  doc: number
  version: number
  ranges: Range[]
  view?: Range
}
export interface SendPresence {
  type: 'presence'
  path?: string
  idle?: number
}
export interface Close {
  type: 'close'
  doc: number
}
export interface SendChat {
  type: 'chat'
  text: string
}
/** A chat message is being typed. */
export interface SayTyping {
  type: 'typing'
}
export interface Ping {
  type: 'ping'
}

export type ClientMessage =
  Hello | OpenPath | OpenDocument | Push | Select | SendPresence | Close | SendChat | SayTyping | Ping

// Server to client

export interface Welcome {
  type: 'welcome'
  protocol: number
  client: string
  session: SessionInfo
  you: You
  files: FileEntry[]
  people: Person[]
  /** The newest revision; null in a session that has none. */
  revision?: string | null
  /** Those that concern this account. */
  conflicts?: OpenConflict[]
}
/**
 * With `text` it is the whole document at `version`; without, the updates after `version` follow. `seq` is the last number that the server
 * has accepted from this client for this document, 0 if none; another server may leave it out.
 */
export interface Opened {
  type: 'opened'
  doc: number
  path: string
  version: number
  read_only: boolean
  text?: string
  reset?: boolean
  seq?: number
  /** How the text is written as bytes: `utf-8`, `utf-8 bom crlf`, … */
  format?: string
}
/** `updates[i]` takes the document from `version + i` to `version + i + 1`. */
export interface Updates {
  type: 'updates'
  doc: number
  version: number
  updates: Update[]
}
/** Carets that have moved in a document at a version; those of clients that are not named stand. One's own may be among them. */
export interface Selections {
  type: 'selections'
  doc: number
  version: number
  selections: Selection[]
}
export interface People {
  type: 'people'
  people: Person[]
}
/** Some look at another file, became idle or came back. */
export interface Presence {
  type: 'presence'
  people: Look[]
}
export interface Touches {
  type: 'touched'
  files: Touched[]
}
export interface Files {
  type: 'files'
  files: FileEntry[]
  /** A file, or a folder with all that is in it, has another path now. */
  moved?: Moved
}
/** What is otherwise than when files were told of last. */
export interface FilesChanged {
  type: 'files_changed'
  /** New ones, and those that are otherwise. */
  changed: FileEntry[]
  /** The paths of those that are there no more. */
  removed: string[]
  moved?: Moved
}
export interface Chat extends ChatMessage {
  type: 'chat'
}
/** A message has another text, or was deleted. */
export interface ChatChanged extends ChatMessage {
  type: 'chat_changed'
}
/** One has read the chat up to a message, perhaps in another window. */
export interface ChatRead {
  type: 'chat_read'
  id: number
  unread: number
  mentions: number
}
/** These are typing a chat message, oneself among them. */
export interface Typing {
  type: 'typing'
  people: { name: string; display_name: string }[]
}
/** Lines and columns from 1, columns in UTF-16 units; `end_column` is the one after the last unit. */
export interface LineRange {
  start_line: number
  start_column: number
  end_line: number
  end_column: number
}
/** A stretch of a document at a version. */
export interface Anchor {
  doc: number
  version: number
  from: number
  to: number
}
/** docs/reference/comments.md. `range` and `anchor` are where the text is now, `said` where it was said. */
export interface CommentBody {
  id: string
  parent: string | null
  thread: string
  path: string | null
  revision: string
  range: LineRange | null
  anchor: Anchor | null
  said: { path: string | null; range: LineRange | null; quote: string }
  author: Author
  at: string
  edited_at: string | null
  text: string
  mentions: string[]
  resolved: boolean
  outdated: boolean
  deleted: boolean
}
/** A comment was made or changed, or its text went or came back. */
export interface Comment extends CommentBody {
  type: 'comment'
}
/** Where a thread is in a document, in UTF-16 units. */
export interface ThreadPlace {
  id: string
  from: number
  to: number
  resolved: boolean
}
/** All threads of a document whose text is there, at a version of it. */
export interface Comments {
  type: 'comments'
  doc: number
  version: number
  threads: ThreadPlace[]
}
export interface Revision {
  type: 'revision'
  id: string
  authors: Author[]
  message: string
  at?: string
}
/** A place where the same lines had been changed here and in what was pushed: both stand there, or what one side took away stays. */
export interface Conflict {
  id: string
  doc: number
  path: string
  line: number
  ours: string
  theirs: string
}
/** One that nobody has settled yet. */
export interface OpenConflict extends Conflict {
  /** Who pushed. */
  by: Author
}
/** A git push landed. `notes`: what could not be done as it was pushed. */
export interface Merged {
  type: 'merged'
  revision: string
  by: Author
  summary: string
  /** The accounts whose edits came together. */
  people: string[]
  notes: string[]
  conflicts: Conflict[]
}
/** Somebody has looked at a conflict: it is open for nobody any more. */
export interface Settled {
  type: 'settled'
  id: string
}
/** A revision has these names now, perhaps none. */
export interface Named {
  type: 'named'
  revision: string
  names: string[]
}
export interface RoleChange {
  type: 'role'
  role: Role
}
/** The session has another title, or is archived or not. */
export interface SessionChange {
  type: 'session'
  session: SessionInfo
}
export interface Pong {
  type: 'pong'
}
export interface Failure {
  type: 'error'
  code: string
  message: string
  fatal: boolean
  doc?: number
  /** Why one was logged out, where it is not known to the person: `disabled`. */
  reason?: string
}

export type ServerMessage =
  | Welcome
  | Opened
  | Updates
  | Selections
  | People
  | Presence
  | Touches
  | Files
  | FilesChanged
  | Chat
  | ChatChanged
  | ChatRead
  | Typing
  | Comment
  | Comments
  | Revision
  | Merged
  | Settled
  | Named
  | RoleChange
  | SessionChange
  | Pong
  | Failure
