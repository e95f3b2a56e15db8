import { parseChanges } from './changes'
import { Malformed } from './malformed'
import type {
  Author,
  ChatMessage,
  FileEntry,
  Person,
  Range,
  Role,
  SessionInfo,
  Selection,
  ServerMessage,
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
  files: (m) => ({ type: 'files', files: list(m, 'files', file) }),
  chat: (m) => ({ type: 'chat', ...chat(m) }),
  comment: (m) => ({ ...m, type: 'comment' }),
  revision: (m) => ({
    type: 'revision',
    id: string(m, 'id'),
    authors: list(m, 'authors', author),
    message: string(m, 'message'),
    ...optional(m, 'at', string),
  }),
  role: (m) => ({ type: 'role', role: role(m) }),
  session: (m) => ({ type: 'session', session: session(m) }),
  pong: () => ({ type: 'pong' }),
  error: (m) => ({
    type: 'error',
    code: string(m, 'code'),
    message: string(m, 'message'),
    fatal: boolean(m, 'fatal'),
    ...optional(m, 'doc', count),
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

function person(m: Fields): Person {
  return {
    client: string(m, 'client'),
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

function chat(m: Fields): ChatMessage {
  return {
    id: count(m, 'id'),
    author: author(object(m['author'], 'author')),
    at: string(m, 'at'),
    text: string(m, 'text'),
  }
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
