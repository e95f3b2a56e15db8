/** A client as a page has it: time and the server are the test's, which begins each time with nothing stored. */

import { ChangeSet } from '@codemirror/state'
import { beforeEach, expect } from 'vitest'
import {
  Client,
  type ClientOptions,
  type Document,
  type ErrorEvent,
  type Rescued,
  type StatusEvent,
} from '../../src/collab/client'
import { MemoryStorage } from '../../src/collab/storage'
import { HandClock, HandSocket, settle } from './hand'

export let clock: HandClock
export let storage: MemoryStorage
export let sockets: HandSocket[]
export let statuses: StatusEvent[]
export let errors: ErrorEvent[]
export let rescued: Rescued[]

beforeEach(() => {
  clock = new HandClock()
  storage = new MemoryStorage()
  sockets = []
  statuses = []
  errors = []
  rescued = []
})

/** The page is gone, and loaded again. */
export function reload(): void {
  clock.stop()
  clock = new HandClock()
  sockets = []
}

export const socket = (): HandSocket => sockets.at(-1)!

/** A client that has been started, and has taken up what the storage holds. */
export async function started(options: Partial<ClientOptions> = {}): Promise<Client> {
  const client = new Client({
    session: 's',
    account: 'ann',
    storage,
    clock,
    random: () => 1,
    connect: () => {
      sockets.push(new HandSocket())
      return socket()
    },
    ...options,
  })
  client.on('status', (status) => statuses.push(status))
  client.on('error', (error) => errors.push(error))
  client.on('kept', (text) => rescued.push(text))
  client.start()
  await settle()
  return client
}

export async function welcome(client = 'c1', role = 'editor'): Promise<void> {
  socket().opens()
  socket().says({
    type: 'welcome',
    protocol: 1,
    client,
    session: { id: 's', title: 'S' },
    you: { name: 'ann', role, color: 1 },
    files: [{ path: 'a.txt', size: 2, binary: false, doc: 1 }],
    people: [],
  })
  await settle()
}

export const opened = (fields: object = {}): object => ({
  type: 'opened',
  doc: 1,
  path: 'a.txt',
  version: 0,
  read_only: false,
  seq: 0,
  ...fields,
})

export function updates(version: number, ...list: [client: string, seq: number, changes: unknown][]): object {
  return {
    type: 'updates',
    doc: 1,
    version,
    updates: list.map(([client, seq, changes]) => ({ client, seq, by: client, changes })),
  }
}

/** Online, with a.txt open and nothing sent since. */
export async function withDocument(
  text = 'ab',
  options: Partial<ClientOptions> = {},
): Promise<[Client, Document]> {
  const client = await started(options)
  await welcome()
  const opening = client.open({ path: 'a.txt' })
  socket().says(opened({ text }))
  const document = await opening
  socket().sent = []
  return [client, document]
}

export function type(document: Document, what: string): void {
  document.edit(ChangeSet.of({ from: document.text.length, insert: what }, document.text.length))
}

/** The connection is closed with this code, after this error if there is one. */
export async function fails(code: number, error?: object): Promise<void> {
  if (error) socket().says({ type: 'error', message: 'A sentence.', fatal: true, ...error })
  socket().closes(code)
  await settle()
}

/** The next attempt is made and succeeds. */
export async function comesBack(client = 'c1'): Promise<void> {
  const before = sockets.length
  for (let i = 0; i < 200 && sockets.length === before; i++) {
    clock.advance(100)
    await settle()
  }
  expect(sockets.length, 'a new attempt').toBe(before + 1)
  await welcome(client)
}
