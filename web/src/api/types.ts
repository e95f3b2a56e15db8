/** The forms of the HTTP API's answers (contract, section 2). */

export type Role = 'owner' | 'editor' | 'commenter' | 'viewer'
export type Visibility = 'private' | 'lan'
export type TokenScope = 'read' | 'write'

export interface Me {
  name: string
  display_name: string
  admin: boolean
  /** 1 to 8: which of the eight colours of people. */
  color: number
}

/** Who did something; `name` is null for someone who came with a git push. */
export interface Author {
  name: string | null
  display_name: string
  email?: string
  color?: number
}

export interface Session {
  id: string
  title: string
  role: Role
  clone_url: string
  visibility: Visibility
  /** What everyone may do where everyone may look. */
  lan_role: 'viewer' | 'editor'
  archived: boolean
  created_at: string
  /** When something was last made in it: a revision, a chat message. */
  active_at: string
  /** How many are in it now. */
  people: number
}

export interface Member {
  name: string
  display_name: string
  color: number
  role: Role
}

export interface Token {
  id: string | number
  label: string
  scope: TokenScope
  created_at?: string
  expires_at?: string | null
  last_used_at?: string | null
}

/** A browser where one is logged in. */
export interface Login {
  id: string
  /** What the browser calls itself. */
  agent: string
  address: string
  created_at: string
  last_seen_at: string
  /** The one that asks. */
  current: boolean
}

export interface Invite {
  id: number
  role: Role
  by: { name: string; display_name: string }
  created_at: string
  expires_at: string | null
  code_expires_at: string
  max_uses: number | null
  uses: number
  state: 'open' | 'expired' | 'used_up' | 'ended'
}

/** An invite with what is shown once, when it is made. */
export interface NewInvite extends Invite {
  token: string
  url: string
  /** To be read out loud: `KTM-RWP-XHD`. */
  code: string
  /** The link as a QR code: an SVG document. */
  qr: string
}

/** What an invite is for. */
export interface InviteOffer {
  title: string
  role: Role
  by: { name: string; display_name: string; color: number }
  expires_at: string | null
}

export interface FileStat {
  path: string
  added: number | null
  removed: number | null
}

export interface Revision {
  id: string
  parents: string[]
  authors: Author[]
  at: string
  message: string
  names: string[]
  files: FileStat[]
}

export interface RevisionPage {
  revisions: Revision[]
  next: string | null
}

export interface FileDiff {
  path: string
  old_path: string | null
  status: 'added' | 'removed' | 'changed' | 'renamed'
  binary: boolean
  /** The hunks of a unified diff. */
  diff: string
}

export interface ChatMessage {
  id: number
  author: Author
  at: string
  text: string
}

export interface ChatPage {
  messages: ChatMessage[]
  next: number | string | null
}

export interface BlameLine {
  number: number
  revision: string
  author: Author
  at: string
  text: string
}
