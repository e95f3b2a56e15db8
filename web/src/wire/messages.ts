/** The messages of the live protocol, version 1: docs/reference/contract.md, section 3. Positions are UTF-16 units. */

import type { ChangeSet } from '@codemirror/state'

export const PROTOCOL = 1

export type Role = 'owner' | 'editor' | 'commenter' | 'viewer'

/** Anchor and head of one selection. */
export type Range = readonly [number, number]

/** A ChangeSet as JSON: keep n, `[n]` delete n, `[n, line, …]` replace n by the lines. */
export type Part = number | [number, ...string[]]
export type Changes = Part[]

/** Someone who is in the session now, once for each connection. `color` is one of 1 to 8. */
export interface Person {
  client: string
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
}

export interface ChatMessage {
  id: number
  author: Author
  at: string
  text: string
}

// Client to server

export interface Hello {
  type: 'hello'
  protocol: typeof PROTOCOL
  client?: string
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
}
export interface Close {
  type: 'close'
  doc: number
}
export interface SendChat {
  type: 'chat'
  text: string
}
export interface Ping {
  type: 'ping'
}

export type ClientMessage = Hello | OpenPath | OpenDocument | Push | Select | Close | SendChat | Ping

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
export interface Files {
  type: 'files'
  files: FileEntry[]
}
export interface Chat extends ChatMessage {
  type: 'chat'
}
export interface Comment {
  type: 'comment'
  [field: string]: unknown
}
export interface Revision {
  type: 'revision'
  id: string
  authors: Author[]
  message: string
  at?: string
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
}

export type ServerMessage =
  | Welcome
  | Opened
  | Updates
  | Selections
  | People
  | Files
  | Chat
  | Comment
  | Revision
  | RoleChange
  | SessionChange
  | Pong
  | Failure
