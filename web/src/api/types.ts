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

export interface FileCount {
  path: string
  added: number
  removed: number
}

/** What others did since somebody was last in a session; `revision` null and nobody: they never were, or it was empty then. */
export interface Away {
  since: string | null
  revision: string | null
  newest: string | null
  people: { author: Author; files: FileCount[] }[]
  more: boolean
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

/** What only the list says. */
export interface ListedSession extends Session {
  /** How many files it has, and their languages, the most used first. */
  files: number
  languages: string[]
  /** Null: nothing was made in it so far. `path`: null where it was several files, or one that is gone. */
  last_edit: { author: Author; at: string; path: string | null } | null
  /** Some of those who are in it now. */
  here: { name: string; display_name: string; color: number }[]
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
  /** Whether the server lets anybody make an account now. */
  new_accounts: boolean
}

export interface FileStat {
  path: string
  added: number | null
  removed: number | null
  /** What a renamed file was called before. */
  old_path?: string
}

export interface Revision {
  id: string
  parents: string[]
  authors: Author[]
  at: string
  message: string
  names: string[]
  /** Lines that each of the authors added and removed, in their order. */
  shares: [added: number, removed: number][]
  /** How many commits of its people a window has; 0: it is one person's. */
  people: number
  files: FileStat[]
  /** How many comments were said of it. */
  comments: number
  /** In the list of one file: what it was called then. */
  path?: string
}

export interface RevisionPage {
  revisions: Revision[]
  next: string | null
}

/** Who edited how much when, in buckets of equal length; empty ones are left out. */
export interface Activity {
  from: string
  to: string
  /** The length of a bucket. */
  seconds: number
  revisions: number
  /** Older revisions may still be on their way. */
  complete: boolean
  authors: Author[]
  buckets: { at: string; edits: ActivityEdits[] }[]
}

export interface ActivityEdits {
  /** Index into the authors. */
  author: number
  revisions: number
  added: number
  removed: number
}

export interface FileDiff {
  path: string
  old_path: string | null
  status: 'added' | 'removed' | 'changed' | 'renamed'
  binary: boolean
  /** The hunks of a unified diff. */
  diff: string
  /** Null: the lines were not counted. */
  added: number | null
  removed: number | null
  /** Left out here; asked for alone it may come. */
  too_large: boolean
  /** Comparing it took too long and was stopped; alone it has more time. */
  too_slow: boolean
}

/** A piece of what differs between two revisions; `next` is the following `after`. */
export interface DiffPiece {
  revision: string
  /** Null where nothing was before. */
  base: string | null
  files: FileDiff[]
  /** Files that differ, in all pieces. */
  total: number
  next: number | null
}

/** A file of a revision, in a list. */
export interface FileAt {
  path: string
  size: number
  binary: boolean
}

/** A file of a revision to read. */
export interface FileText {
  path: string
  revision: string
  text: string
  encoding: string
  /** Bytes of the file. */
  size: number
  /** There is more of it than this text. */
  cut: boolean
  language: string | null
  roles: string[]
  /** For each line, one after the other: units, and an index of the roles. Null: no colours. */
  colors: number[][] | null
}

export interface Blame {
  revision: string
  lines: BlameLine[]
  /** The revisions that lines come from. */
  revisions: Record<string, BlameSource>
}

export interface BlameSource {
  title: string
  /** What the file was called there. */
  path: string
  /** The file as it was before; null where it came. */
  previous: { revision: string; path: string } | null
}

export interface ChatMessage {
  id: number
  author: Author
  at: string
  text: string
  edited_at?: string | null
  /** Its text is gone, its place stays. */
  deleted?: boolean
}

/** Newest last; `next` is the `before` of the page in front, `newer` the `after` of the one behind. */
export interface ChatPage {
  messages: ChatMessage[]
  next: number | null
  newer: number | null
}

/** Newest first; `next` is the `before` with which the search goes on. */
export interface ChatFound {
  messages: ChatMessage[]
  next: number | null
}

/** The last message that was read, and what others said since. */
export interface ChatRead {
  id: number
  unread: number
  mentions: number
}

export interface BlameLine {
  number: number
  revision: string
  author: Author
  at: string
  text: string
  /** Its number in its own revision. */
  original: number
}

/** A file that is no more; `revision` is the last that had it. */
export interface DeletedFile {
  path: string
  size: number
  binary: boolean
  revision: string
  deleted_in: string
  at: string
  by: Author[]
}

export interface DeletedPage {
  files: DeletedFile[]
  next: string | null
  complete: boolean
}

/** What is in an old revision and not kept here; `name`: its name is not one on every system. */
export interface LeftOut {
  path: string
  kind: 'link' | 'submodule' | 'name'
}

/** The revision that something made; or the newest one, where nothing had to be done. */
export interface Made {
  id: string
  made: boolean
  left_out?: LeftOut[]
}

export interface Undone {
  revision: string
  path?: string
  /** Lines of the file as the revision left it, both included. */
  range?: { start_line: number; end_line: number }
}

/** What stands in the way of undoing a revision. */
export interface RevertPlace {
  path: string
  start_line: number
  end_line: number
  reason: 'lines' | 'edited' | 'deleted' | 'taken' | 'moved' | 'binary'
  here: string
  before: string
}

/** A name of a revision. */
export interface Version {
  tag: string
  name: string
  revision: string
  /** Null: it came with a push that does not say. */
  by: Author | null
  at: string
}

/** How the life of a file can be played. */
/** What is kept of a document's keystrokes. */
export interface PlaybackPart {
  /** Null: nobody has opened it here since it is there. */
  doc: number | null
  version: number
  /** Who (a place in `authors`) made how many updates, between moments in milliseconds. */
  stretches: { version: number; at: number; until: number; edits: [author: number, updates: number][] }[]
  start: { version: number; revision: string; at: string } | null
  /** The newest revision that holds it. */
  end: string | null
}

export interface PlaybackAbout extends PlaybackPart {
  path: string
  deleted: boolean
  /** What it was before it was deleted and came back, oldest first. */
  earlier: PlaybackPart[]
  authors: Author[]
  text: string
}

export interface PlaybackUpdates {
  at: number
  authors: Author[]
  version: number
  more: boolean
  updates: [after: number, author: number, changes: unknown][]
}

export interface PlaybackSteps {
  text: string
  steps: {
    revision: string
    at: string
    author: Author
    message: string
    path: string
    changes: unknown
  }[]
  next: string | null
}

export interface PlaybackRevision {
  id: string
  at: string
  authors: Author[]
  message: string
  names: string[]
  path: string
  doc: number | null
  version: number | null
}

export interface PlaybackEvent {
  kind: 'chat' | 'comment'
  id: string
  at: string
  author: Author
  text: string
  thread?: string
  line?: number | null
}
