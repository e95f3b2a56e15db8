import { parseChanges } from './changes'
import { Malformed } from './malformed'
import type {
  Anchor,
  Author,
  ChatMessage,
  Conflict,
  CommentBody,
  FileEntry,
  LineRange,
  Look,
  Moved,
  OpenConflict,
  Person,
  Range,
  Role,
  Selection,
  ServerMessage,
  SessionInfo,
  ThreadPlace,
  Touched,
  Update,
  You,
} from './messages'

const ROLES: readonly string[] = ['owner', 'editor', 'commenter', 'viewer']

type Fields = Record<string, unknown>
type Reader<T> = (fields: Fields) => T

/**
 * A server's message. Null for a type that this client does not know: a newer server may say more than we understand.
 * Raises `Malformed` for what is not of the form that the contract gives. Fields that we do not know are let by.
 */
export function parse(text: string): ServerMessage | null {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new Malformed('not JSON')
  }
  const fields = object(value, 'message')
  const type = string(fields, 'type')
  return Object.hasOwn(READERS, type) ? READERS[type as ServerMessage['type']](fields) : null
}

const READERS: { [T in ServerMessage['type']]: Reader<Extract<ServerMessage, { type: T }>> } = {
  welcome: (m) => ({
    type: 'welcome',
    protocol: count(m, 'protocol'),
    client: string(m, 'client'),
    session: session(m),
    you: you(object(m['you'], 'you')),
    files: list(m, 'files', file),
    people: list(m, 'people', person),
    ...optional(m, 'revision', string),
    ...optional(m, 'conflicts', openConflicts),
  }),
  opened: (m) => ({
    type: 'opened',
    doc: count(m, 'doc'),
    path: string(m, 'path'),
    version: count(m, 'version'),
    read_only: boolean(m, 'read_only'),
    ...optional(m, 'text', string),
    ...optional(m, 'reset', boolean),
    ...optional(m, 'seq', count),
    ...optional(m, 'format', string),
  }),
  updates: (m) => ({
    type: 'updates',
    doc: count(m, 'doc'),
    version: count(m, 'version'),
    updates: list(m, 'updates', update),
  }),
  selections: (m) => ({
    type: 'selections',
    doc: count(m, 'doc'),
    version: count(m, 'version'),
    selections: list(m, 'selections', selection),
  }),
  people: (m) => ({ type: 'people', people: list(m, 'people', person) }),
  presence: (m) => ({ type: 'presence', people: list(m, 'people', look) }),
  touched: (m) => ({ type: 'touched', files: list(m, 'files', touched) }),
  files: (m) => ({ type: 'files', files: list(m, 'files', file), ...optional(m, 'moved', moved) }),
  files_changed: (m) => ({
    type: 'files_changed',
    changed: list(m, 'changed', file),
    removed: strings(m, 'removed'),
    ...optional(m, 'moved', moved),
  }),
  chat: (m) => ({ type: 'chat', ...chat(m) }),
  chat_changed: (m) => ({ type: 'chat_changed', ...chat(m) }),
  chat_read: (m) => ({
    type: 'chat_read',
    id: count(m, 'id'),
    unread: count(m, 'unread'),
    mentions: count(m, 'mentions'),
  }),
  typing: (m) => ({
    type: 'typing',
    people: list(m, 'people', (one) => ({
      name: string(one, 'name'),
      display_name: string(one, 'display_name'),
    })),
  }),
  comment: (m) => ({ type: 'comment', ...comment(m) }),
  comments: (m) => ({
    type: 'comments',
    doc: count(m, 'doc'),
    version: count(m, 'version'),
    threads: list(m, 'threads', threadPlace),
  }),
  revision: (m) => ({
    type: 'revision',
    id: string(m, 'id'),
    authors: list(m, 'authors', author),
    message: string(m, 'message'),
    ...optional(m, 'at', string),
  }),
  merged: (m) => ({
    type: 'merged',
    revision: string(m, 'revision'),
    by: author(object(m['by'], 'by')),
    summary: string(m, 'summary'),
    people: strings(m, 'people'),
    notes: strings(m, 'notes'),
    conflicts: list(m, 'conflicts', conflict),
  }),
  settled: (m) => ({ type: 'settled', id: string(m, 'id') }),
  named: (m) => ({ type: 'named', revision: string(m, 'revision'), names: strings(m, 'names') }),
  role: (m) => ({ type: 'role', role: role(m) }),
  session: (m) => ({ type: 'session', session: session(m) }),
  pong: () => ({ type: 'pong' }),
  error: (m) => ({
    type: 'error',
    code: string(m, 'code'),
    message: string(m, 'message'),
    fatal: boolean(m, 'fatal'),
    ...optional(m, 'doc', count),
    ...optional(m, 'reason', string),
  }),
}

function session(m: Fields): SessionInfo {
  const fields = object(m['session'], 'session')
  return {
    id: string(fields, 'id'),
    title: string(fields, 'title'),
    ...optional(fields, 'archived', boolean),
  }
}

function you(m: Fields): You {
  return { name: string(m, 'name'), role: role(m), color: count(m, 'color') }
}

function look(m: Fields): Look {
  return {
    client: string(m, 'client'),
    ...optional(m, 'path', string),
    ...optional(m, 'idle', count),
  }
}

function touched(m: Fields): Touched {
  return {
    path: string(m, 'path'),
    ...optional(m, 'doc', count),
    ...optional(m, 'version', count),
    by: list(m, 'by', (one) => ({
      name: string(one, 'name'),
      display_name: string(one, 'display_name'),
      color: count(one, 'color'),
    })),
  }
}

function person(m: Fields): Person {
  return {
    ...look(m),
    name: string(m, 'name'),
    display_name: string(m, 'display_name'),
    color: count(m, 'color'),
    role: role(m),
  }
}

function author(m: Fields): Author {
  return {
    name: nullable(m, 'name', string),
    display_name: string(m, 'display_name'),
    email: string(m, 'email'),
  }
}

function file(m: Fields): FileEntry {
  return {
    path: string(m, 'path'),
    size: count(m, 'size'),
    binary: boolean(m, 'binary'),
    ...optional(m, 'doc', count),
  }
}

function openConflicts(m: Fields, key: string): OpenConflict[] {
  return list(m, key, (one) => ({ ...conflict(one), by: author(object(one['by'], 'by')) }))
}

function conflict(m: Fields): Conflict {
  return {
    id: string(m, 'id'),
    doc: count(m, 'doc'),
    path: string(m, 'path'),
    line: count(m, 'line'),
    ours: string(m, 'ours'),
    theirs: string(m, 'theirs'),
  }
}

function moved(m: Fields, key: string): Moved {
  const fields = object(m[key], key)
  return { from: string(fields, 'from'), to: string(fields, 'to') }
}

function chat(m: Fields): ChatMessage {
  return {
    id: count(m, 'id'),
    author: author(object(m['author'], 'author')),
    at: string(m, 'at'),
    text: string(m, 'text'),
    ...optional(m, 'edited_at', string),
    ...optional(m, 'deleted', boolean),
  }
}

/** A comment, as a message or an answer over HTTP. */
export function comment(m: Fields): CommentBody {
  const said = object(m['said'], 'said')
  return {
    id: string(m, 'id'),
    parent: nullable(m, 'parent', string),
    thread: string(m, 'thread'),
    path: nullable(m, 'path', string),
    revision: string(m, 'revision'),
    range: nullable(m, 'range', lineRange),
    anchor: nullable(m, 'anchor', anchor),
    said: {
      path: nullable(said, 'path', string),
      range: nullable(said, 'range', lineRange),
      quote: string(said, 'quote'),
    },
    author: author(object(m['author'], 'author')),
    at: string(m, 'at'),
    edited_at: nullable(m, 'edited_at', string),
    text: string(m, 'text'),
    mentions: array(m, 'mentions').map((name) => string({ name }, 'name')),
    resolved: boolean(m, 'resolved'),
    outdated: boolean(m, 'outdated'),
    deleted: boolean(m, 'deleted'),
  }
}

function lineRange(m: Fields, key: string): LineRange {
  const fields = object(m[key], key)
  return {
    start_line: count(fields, 'start_line'),
    start_column: count(fields, 'start_column'),
    end_line: count(fields, 'end_line'),
    end_column: count(fields, 'end_column'),
  }
}

function anchor(m: Fields, key: string): Anchor {
  const fields = object(m[key], key)
  return {
    doc: count(fields, 'doc'),
    version: count(fields, 'version'),
    from: count(fields, 'from'),
    to: count(fields, 'to'),
  }
}

function threadPlace(m: Fields): ThreadPlace {
  return { id: string(m, 'id'), from: count(m, 'from'), to: count(m, 'to'), resolved: boolean(m, 'resolved') }
}

function update(m: Fields): Update {
  return {
    client: string(m, 'client'),
    seq: count(m, 'seq'),
    by: string(m, 'by'),
    changes: parseChanges(m['changes']),
  }
}

function selection(m: Fields): Selection {
  return {
    client: string(m, 'client'),
    name: nullable(m, 'name', string),
    display_name: nullable(m, 'display_name', string),
    color: nullable(m, 'color', count),
    ranges: array(m, 'ranges').map(range),
    ...optional(m, 'view', (fields, key) => range(fields[key])),
  }
}

function range(value: unknown): Range {
  if (!Array.isArray(value) || value.length !== 2 || !value.every(isCount))
    throw new Malformed('ranges: not a range')
  return [value[0] as number, value[1] as number]
}

function role(m: Fields): Role {
  const value = string(m, 'role')
  if (!ROLES.includes(value)) throw new Malformed(`role: ${value} is none`)
  return value as Role
}

function object(value: unknown, name: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Malformed(`${name}: not an object`)
  return value as Fields
}

function array(m: Fields, key: string): unknown[] {
  const value = m[key]
  if (!Array.isArray(value)) throw new Malformed(`${key}: not a list`)
  return value
}

function list<T>(m: Fields, key: string, read: Reader<T>): T[] {
  return array(m, key).map((item) => read(object(item, key)))
}

function strings(m: Fields, key: string): string[] {
  return array(m, key).map((value) => {
    if (typeof value !== 'string') throw new Malformed(`${key} is not a list of texts`)
    return value
  })
}

function string(m: Fields, key: string): string {
  const value = m[key]
  if (typeof value !== 'string') throw new Malformed(`${key}: not a string`)
  return value
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function count(m: Fields, key: string): number {
  const value = m[key]
  if (!isCount(value)) throw new Malformed(`${key}: not a count`)
  return value
}

function boolean(m: Fields, key: string): boolean {
  const value = m[key]
  if (typeof value !== 'boolean') throw new Malformed(`${key}: not a boolean`)
  return value
}

function nullable<T>(m: Fields, key: string, read: (m: Fields, key: string) => T): T | null {
  return m[key] === null ? null : read(m, key)
}

/** The field if it is there and not null; else nothing. */
function optional<K extends string, T>(m: Fields, key: K, read: (m: Fields, key: K) => T): { [P in K]?: T } {
  return m[key] == null ? {} : ({ [key]: read(m, key) } as { [P in K]: T })
}
