import type { Text } from '@codemirror/state'
import { ChangeSet } from '@codemirror/state'
import { beforeEach, describe, expect, test } from 'vitest'
import {
  Client,
  OpenError,
  type ClientOptions,
  type Document,
  type ErrorEvent,
  type PendingEvent,
  type Rescued,
  type StatusEvent,
} from '../../src/collab/client'
import { MemoryStorage } from '../../src/collab/storage'
import { SoleTab, type Tab } from '../../src/collab/tabs'
import type { Changes } from '../../src/wire/messages'
import { HandClock, HandSocket, settle } from './hand'

let clock: HandClock
let storage: MemoryStorage
let sockets: HandSocket[]
let statuses: StatusEvent[]
let errors: ErrorEvent[]
let rescued: Rescued[]

beforeEach(() => {
  clock = new HandClock()
  storage = new MemoryStorage()
  sockets = []
  statuses = []
  errors = []
  rescued = []
})

const socket = (): HandSocket => sockets.at(-1)!

async function started(options: Partial<ClientOptions> = {}): Promise<Client> {
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

async function welcome(client = 'c1', role = 'editor'): Promise<void> {
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

const opened = (fields: object = {}): object => ({
  type: 'opened',
  doc: 1,
  path: 'a.txt',
  version: 0,
  read_only: false,
  seq: 0,
  ...fields,
})

function updates(version: number, ...list: [client: string, seq: number, changes: unknown][]): object {
  return {
    type: 'updates',
    doc: 1,
    version,
    updates: list.map(([client, seq, changes]) => ({ client, seq, by: client, changes })),
  }
}

async function withDocument(text = 'ab', options: Partial<ClientOptions> = {}): Promise<[Client, Document]> {
  const client = await started(options)
  await welcome()
  const opening = client.open({ path: 'a.txt' })
  socket().says(opened({ text }))
  const document = await opening
  socket().sent = []
  return [client, document]
}

function type(document: Document, what: string): void {
  document.edit(ChangeSet.of({ from: document.text.length, insert: what }, document.text.length))
}

async function fails(code: number, error?: object): Promise<void> {
  if (error) socket().says({ type: 'error', message: 'A sentence.', fatal: true, ...error })
  socket().closes(code)
  await settle()
}

/** The next attempt is made and succeeds. */
async function comesBack(client = 'c1'): Promise<void> {
  const before = sockets.length
  for (let i = 0; i < 200 && sockets.length === before; i++) {
    clock.advance(100)
    await settle()
  }
  expect(sockets.length, 'a new attempt').toBe(before + 1)
  await welcome(client)
}

describe('connecting', () => {
  test('CL4: hello comes first, without an id at first and then with the one that was given.', async () => {
    const client = await started()
    socket().opens()
    expect(socket().sent).toEqual([{ type: 'hello', protocol: 1 }])
    await welcome('c7')
    expect([client.status, client.client, client.role]).toEqual(['online', 'c7', 'editor'])
    await fails(1006)
    await comesBack('c7')
    expect(socket().take('hello')).toEqual([{ type: 'hello', protocol: 1, client: 'c7' }])
  })

  test('CL4: pauses between attempts grow from 0.3 s to 15 s, and end at once when the network is back.', async () => {
    const client = await started()
    const waits: number[] = []
    for (let i = 0; i < 9; i++) {
      await fails(1006)
      waits.push(statuses.at(-1)!.retryIn!)
      clock.advance(waits.at(-1)!)
      await settle()
    }
    expect(waits).toEqual([300, 600, 1200, 2400, 4800, 9600, 15000, 15000, 15000])
    await fails(1006)
    const before = sockets.length
    client.retryNow()
    expect(sockets.length).toBe(before + 1)
  })

  test('CL4: after a connection that stood, the next attempt is soon.', async () => {
    await started()
    for (let i = 0; i < 5; i++) {
      await fails(1006)
      clock.advance(15_000)
      await settle()
    }
    await welcome()
    clock.advance(6_000)
    await fails(1006)
    expect(statuses.at(-1)).toMatchObject({ status: 'offline', retryIn: 300 })
  })

  test('CL9: a dead connection is noticed within 15 s.', async () => {
    const client = await started()
    await welcome()
    clock.advance(11_000)
    expect(socket().take('ping')).toHaveLength(1)
    expect(client.status).toBe('online')
    clock.advance(5_000)
    expect(client.status).not.toBe('online')
    expect(sockets[0]!.closed).toBe(true)
  })

  test('CL9: a connection that answers is left alone.', async () => {
    const client = await started()
    await welcome()
    for (let i = 0; i < 60; i++) {
      clock.advance(1_000)
      if (socket().take('ping').length > 0) socket().says({ type: 'pong' })
    }
    expect([client.status, sockets.length]).toEqual(['online', 1])
  })

  test('CL9: after sleep the connection is asked at once, and given up if it does not answer.', async () => {
    const client = await started()
    await welcome()
    clock.sleep(3_600_000)
    expect(socket().take('ping')).toHaveLength(1)
    clock.advance(6_000)
    expect(client.status).not.toBe('online')
  })

  test('CL4: an attempt that hangs is given up.', async () => {
    await started()
    clock.advance(11_000)
    await settle()
    expect(sockets.length).toBe(2)
  })

  test('A connection that says nonsense is left for a new one.', async () => {
    await started()
    await welcome()
    socket().says({ type: 'updates', doc: 1 })
    expect(errors).toMatchObject([{ code: 'malformed' }])
    await comesBack()
  })

  test.each([
    [4401, 'logged_out'],
    [4403, 'removed'],
    [4400, 'refused'],
    [4413, 'refused'],
  ])('Close code %i ends it for good: %s.', async (code, reason) => {
    const client = await started()
    await welcome()
    await fails(code, { code: 'some_code' })
    expect(statuses.at(-1)).toMatchObject({ status: 'closed', reason, message: 'A sentence.' })
    clock.advance(60_000)
    await settle()
    expect(sockets.length).toBe(1)
    client.retryNow()
    await settle()
    expect(sockets.length).toBe(2)
  })

  test('4429 waits for some seconds; 4503 and 1001 come back soon.', async () => {
    await started()
    await welcome()
    await fails(4429, { code: 'too_fast' })
    expect(statuses.at(-1)!.retryIn).toBe(5_000)
    await comesBack()
    await fails(4503, { code: 'going_away' })
    expect(statuses.at(-1)!.retryIn).toBeLessThan(2_000)
    await comesBack()
    await fails(1001)
    expect(statuses.at(-1)!.retryIn).toBeLessThan(3_000)
  })

  test('A handshake that is refused has a reason, if the page can find it out.', async () => {
    const client = await started({
      whyRefused: async () => ({ reason: 'logged_out', message: 'Log in again.' }),
    })
    await fails(1006)
    expect([client.status, client.reason, statuses.at(-1)!.message]).toEqual([
      'closed',
      'logged_out',
      'Log in again.',
    ])
  })
})

describe('documents', () => {
  test('CL3, CL9: an edit is pushed at once and saved when it comes back.', async () => {
    const pending: PendingEvent[] = []
    const [client, document] = await withDocument()
    client.on('pending', (event) => pending.push(event))
    type(document, 'c')
    expect(socket().take('push')).toEqual([
      { type: 'push', doc: 1, version: 0, seq: 1, changes: [[2, [0, 'c']]] },
    ])
    expect([document.pending, client.pending.updates]).toEqual([1, 1])
    socket().says(updates(0, ['c1', 1, [2, [0, 'c']]]))
    expect([document.pending, document.version, document.text.toString()]).toEqual([0, 1, 'abc'])
    expect(pending.at(-1)).toEqual({ updates: 0, documents: 0, since: null })
  })

  test('CL1: what others do reaches the views, mapped over what is unsent.', async () => {
    const [, document] = await withDocument()
    const seen: unknown[] = []
    document.attach({
      remote: (changes, by) => seen.push([changes.toJSON(), by]),
      reset: (text) => seen.push(text.toString()),
      selections: () => undefined,
    })
    type(document, 'c')
    socket().says(updates(0, ['c2', 1, [[0, 'X'], 2]]))
    expect(seen).toEqual([[[[0, 'X'], 3], { client: 'c2', name: 'c2' }]])
    expect(document.text.toString()).toBe('Xabc')
  })

  test('CL8: with two views the one that did not type is told.', async () => {
    const [, document] = await withDocument()
    const seen: string[] = []
    const view = (name: string) => ({
      remote: () => void seen.push(name),
      reset: () => undefined,
      selections: () => undefined,
    })
    const [left, right] = [view('left'), view('right')]
    document.attach(left)
    const detach = document.attach(right)
    document.edit(ChangeSet.of({ from: 0, insert: 'x' }, 2), left)
    detach()
    document.edit(ChangeSet.of({ from: 0, insert: 'x' }, 3), left)
    expect(seen).toEqual(['right'])
  })

  test('CL4: after a break it opens at its version, takes what it missed, and sends what is left.', async () => {
    const [, document] = await withDocument()
    type(document, 'c')
    type(document, 'd')
    await fails(1006)
    type(document, 'e')
    await comesBack()
    expect(socket().take('open')).toEqual([{ type: 'open', doc: 1, version: 0 }])
    expect(socket().take('push')).toEqual([])
    socket().says(opened({ seq: 1 }))
    await settle()
    expect(socket().take('push')).toEqual([])
    socket().says(updates(0, ['c2', 1, [[0, 'X'], 2]], ['c1', 1, [3, [0, 'c']]]))
    await settle()
    expect(socket().take('push')).toEqual([
      {
        type: 'push',
        doc: 1,
        version: 2,
        seq: 2,
        changes: [
          [4, [0, 'd']],
          [5, [0, 'e']],
        ],
      },
    ])
    expect(document.text.toString()).toBe('Xabcde')
  })

  test('CL2: what was under way goes again as it was; what waited goes after it.', async () => {
    const [, document] = await withDocument()
    type(document, 'c')
    await fails(1006)
    type(document, 'd')
    await comesBack()
    socket().says(opened())
    await settle()
    expect(socket().take('push')).toMatchObject([{ seq: 1, changes: [[2, [0, 'c']]] }])
    socket().says(updates(0, ['c1', 1, [2, [0, 'c']]]))
    expect(socket().take('push')).toMatchObject([{ seq: 2, changes: [[3, [0, 'd']]] }])
  })

  test('CL6: a reset maps what is unsent onto the new text.', async () => {
    const [, document] = await withDocument('ab\n')
    const shown: string[] = []
    document.attach({
      remote: () => undefined,
      reset: (text) => shown.push(text.toString()),
      selections: () => undefined,
    })
    await fails(1006)
    type(document, 'c')
    await comesBack()
    socket().says(opened({ version: 90, text: 'zero\nab\n', reset: true }))
    await settle()
    expect(shown).toEqual(['zero\nab\nc'])
    expect(socket().take('push')).toMatchObject([{ version: 90, seq: 1, changes: [[8, [0, 'c']]] }])
  })

  test('A gap in the versions leads to a new connection.', async () => {
    await withDocument()
    socket().says(updates(5, ['c2', 1, [2, [0, 'X']]]))
    await comesBack()
    expect(socket().take('open')).toEqual([{ type: 'open', doc: 1, version: 0 }])
  })

  test('Updates that were seen already are passed over.', async () => {
    const [, document] = await withDocument()
    socket().says(updates(0, ['c2', 1, [2, [0, 'X']]]))
    socket().says(updates(0, ['c2', 1, [2, [0, 'X']]], ['c2', 2, [3, [0, 'Y']]]))
    expect(document.text.toString()).toBe('abXY')
  })

  test('4409 has the text taken anew once; the second time it closes, and the edits are kept.', async () => {
    const [client, document] = await withDocument()
    type(document, 'c')
    await fails(4409, { code: 'sequence_gap', doc: 1 })
    await comesBack()
    expect(socket().take('open')).toEqual([{ type: 'open', doc: 1 }])
    socket().says(opened({ text: 'ab' }))
    await settle()
    expect(socket().take('push')).toMatchObject([{ seq: 1, changes: [[2, [0, 'c']]] }])
    await fails(4409, { code: 'sequence_gap', doc: 1 })
    expect(statuses.at(-1)).toMatchObject({ status: 'closed', reason: 'refused', doc: 1 })
    expect(await storage.load('s', 'ann')).toMatchObject([{ changes: [[2, [0, 'c']]] }])
    client.setAside(1)
    expect(rescued).toMatchObject([{ reason: 'set_aside', mine: 'abc' }])
    expect(document.text.toString()).toBe('ab')
  })

  test('An own update that is not what was sent is rescued, and the text is taken anew.', async () => {
    const [, document] = await withDocument()
    type(document, 'c')
    socket().says(updates(0, ['c1', 1, [2, [0, 'other']]]))
    expect(rescued).toMatchObject([{ reason: 'diverged', mine: 'abc', theirs: 'ab' }])
    socket().says(opened({ version: 1, text: 'abother', seq: 1 }))
    expect([document.text.toString(), document.pending, document.live]).toEqual(['abother', 0, true])
  })

  test('CL2: a push that is not confirmed on a living connection is sent on a new one.', async () => {
    const [, document] = await withDocument()
    type(document, 'c')
    for (let i = 0; i < 31; i++) {
      clock.advance(1_000)
      socket().says({ type: 'pong' })
    }
    await settle()
    await comesBack()
    socket().says(opened())
    await settle()
    expect(socket().take('push')).toHaveLength(1)
    expect(document.pending).toBe(1)
  })

  test('CL1: what no text may hold is corrected in the view that typed it.', async () => {
    const [, document] = await withDocument()
    const shown: string[] = []
    const view = {
      remote: () => undefined,
      reset: (text: Text) => shown.push(text.toString()),
      selections: () => undefined,
    }
    document.attach(view)
    document.edit(ChangeSet.of({ from: 2, insert: 'x\0' }, 2), view)
    await settle()
    expect(shown).toEqual(['abx\ufffd'])
  })
})

describe('opening and closing', () => {
  test('A file that is not there rejects with the server’s code, and the next is asked for.', async () => {
    const client = await started()
    await welcome()
    const first = client.open({ path: 'no.txt' })
    const second = client.open({ path: 'a.txt' })
    expect(socket().take('open')).toEqual([{ type: 'open', path: 'no.txt' }])
    socket().says({ type: 'error', code: 'no_document', message: 'There is no file no.txt.', fatal: false })
    await expect(first).rejects.toEqual(new OpenError('no_document', 'There is no file no.txt.'))
    expect(socket().take('open')).toEqual([{ type: 'open', path: 'a.txt' }])
    socket().says(opened({ text: 'x' }))
    expect((await second).text.toString()).toBe('x')
    expect(errors).toEqual([])
  })

  test('A file that is opened while away is asked for when it is back; two who open it share it.', async () => {
    const client = await started()
    const both = [client.open({ path: 'a.txt' }), client.open({ path: 'a.txt' })]
    await welcome()
    expect(socket().take('open')).toHaveLength(1)
    socket().says(opened({ text: 'x' }))
    const [one, two] = await Promise.all(both)
    expect(one).toBe(two)
    client.close(1)
    expect(socket().take('close')).toEqual([])
    client.close(1)
    expect(socket().take('close')).toEqual([{ type: 'close', doc: 1 }])
    expect(client.documents.size).toBe(0)
  })

  test('CL9: a document that is closed with unsent edits is held until they are confirmed.', async () => {
    const [client, document] = await withDocument()
    type(document, 'c')
    client.close(1)
    expect(client.pending.updates).toBe(1)
    expect(socket().take('close')).toEqual([])
    socket().says(updates(0, ['c1', 1, [2, [0, 'c']]]))
    expect(socket().take('close')).toHaveLength(1)
    expect(client.documents.size).toBe(0)
  })

  test('SQ3: a document that is opened again goes on with its numbers.', async () => {
    const [client, document] = await withDocument()
    type(document, 'c')
    socket().says(updates(0, ['c1', 1, [2, [0, 'c']]]))
    client.close(1)
    socket().sent = []
    const again = client.open({ path: 'a.txt' })
    socket().says({ ...opened({ text: 'abc', version: 1 }), seq: undefined })
    type(await again, 'd')
    expect(socket().take('push')).toMatchObject([{ seq: 2 }])
  })

  test('A file that was renamed has its new path.', async () => {
    const [, document] = await withDocument()
    socket().says({ type: 'files', files: [{ path: 'b.txt', size: 2, binary: false, doc: 1 }] })
    expect(document.path).toBe('b.txt')
  })

  test('CL5: unsent edits of a file that was deleted are rescued, over a reload too, until they are dismissed.', async () => {
    const [client, document] = await withDocument()
    await fails(1006)
    type(document, 'c')
    await comesBack()
    socket().says({ type: 'error', code: 'no_document', message: 'Gone.', fatal: false, doc: 1 })
    expect(document.deleted).toBe(true)
    expect(rescued).toMatchObject([{ reason: 'deleted', mine: 'abc', theirs: null, path: 'a.txt' }])
    await settle()
    client.stop()
    await settle()
    const next = await started()
    expect(rescued).toHaveLength(2)
    next.dismiss(rescued[1]!.id)
    await settle()
    expect(await storage.rescued('s', 'ann')).toEqual([])
  })
})

describe('roles', () => {
  test('RM6: a role that allows no edits makes all documents read-only; what is typed is sent when it is back.', async () => {
    const [, document] = await withDocument()
    socket().says({ type: 'role', role: 'viewer' })
    expect(document.readOnly).toBe(true)
    type(document, 'c')
    expect(socket().take('push')).toEqual([])
    socket().says({ type: 'role', role: 'editor' })
    expect(socket().take('push')).toHaveLength(1)
  })

  test('RM7: a push that the role forbade is sent again when the role allows it.', async () => {
    const [, document] = await withDocument()
    type(document, 'c')
    socket().take('push')
    socket().says({ type: 'error', code: 'read_only', message: 'You may look.', fatal: false, doc: 1 })
    expect([document.readOnly, document.pending]).toEqual([true, 1])
    expect(errors).toMatchObject([{ code: 'read_only', message: 'You may look.' }])
    socket().says({ type: 'role', role: 'editor' })
    expect(socket().take('push')).toMatchObject([{ seq: 1 }])
  })

  test('AM2: an archived session makes all documents read-only, whatever the role; what was typed is sent when it is back.', async () => {
    const [client, document] = await withDocument()
    const told: unknown[] = []
    client.on('session', (session) => told.push(session.archived))
    type(document, 'c')
    socket().take('push')
    socket().says({ type: 'error', code: 'archived', message: 'It is archived.', fatal: false, doc: 1 })
    expect([document.readOnly, document.pending]).toEqual([true, 1])
    socket().says({ type: 'session', session: { id: 's', title: 'S', archived: true } })
    socket().says({ type: 'role', role: 'owner' })
    expect(document.readOnly).toBe(true)
    expect(socket().take('push')).toEqual([])
    socket().says({ type: 'session', session: { id: 's', title: 'S', archived: false } })
    expect(document.readOnly).toBe(false)
    expect(socket().take('push')).toMatchObject([{ seq: 1 }])
    expect(told).toEqual([true, false])
  })

  test('A push that is refused for another reason closes the client and keeps the text.', async () => {
    const [client, document] = await withDocument()
    type(document, 'c')
    socket().says({ type: 'error', code: 'document_too_large', message: 'Too long.', fatal: false, doc: 1 })
    await settle()
    expect(statuses.at(-1)).toMatchObject({
      status: 'closed',
      reason: 'refused',
      message: 'Too long.',
      doc: 1,
    })
    expect([client.pending.updates, document.text.toString()]).toEqual([1, 'abc'])
    expect(await storage.load('s', 'ann')).toHaveLength(1)
  })
})

describe('what is kept', () => {
  test('CL5: a reload offers unsent edits while the server is away, and sends them when it is back.', async () => {
    const [client, document] = await withDocument()
    await fails(1006)
    type(document, 'c')
    await client.flush()
    clock.stop()

    clock = new HandClock()
    sockets = []
    const next = await started()
    expect(next.pending.updates).toBe(1)
    let got: Document | null = null
    void next.open({ path: 'a.txt' }).then((one) => (got = one))
    clock.advance(1_400)
    await settle()
    expect(got).toBeNull()
    clock.advance(200)
    await settle()
    expect(got!.text.toString()).toBe('abc')
    type(got!, 'd')
    await welcome()
    expect(socket().take('hello')).toMatchObject([{ client: 'c1' }])
    expect(socket().take('open')).toEqual([{ type: 'open', doc: 1, version: 0 }])
    socket().says(opened())
    await settle()
    expect(socket().take('push')).toMatchObject([
      {
        seq: 1,
        changes: [
          [2, [0, 'c']],
          [3, [0, 'd']],
        ],
      },
    ])
  })

  test('CL5: another account of the same browser does not see them.', async () => {
    const [client, document] = await withDocument()
    await fails(1006)
    type(document, 'c')
    await client.flush()
    expect((await started({ account: 'bob' })).pending.updates).toBe(0)
  })

  test('CL7: what several dead tabs left is sent by connections under their own ids.', async () => {
    const kept = {
      session: 's',
      account: 'ann',
      doc: 1,
      path: 'a.txt',
      baseVersion: 0,
      since: [],
      first: 1,
      sent: 1,
    }
    for (const [i, id] of ['c1', 'c2'].entries()) {
      const changes: Changes[] = [[2, [0, id]]]
      await storage.save({ ...kept, client: id, mayBeSent: 1, changes, savedAt: clock.now() + i }, 'ab')
    }
    const client = await started()
    await welcome('c2')
    expect(socket().closed).toBe(false)
    expect(sockets[0]!.take('hello')).toMatchObject([{ client: 'c2' }])
    await settle()
    expect(sockets).toHaveLength(2)
    await welcome('c1')
    expect(sockets[1]!.take('hello')).toMatchObject([{ client: 'c1' }])
    expect(client.pending.updates).toBe(2)
    socket().says(opened())
    await settle()
    expect(sockets[1]!.take('push')).toMatchObject([{ seq: 1, changes: [[2, [0, 'c1']]] }])
    socket().says(updates(0, ['c1', 1, [2, [0, 'c1']]]))
    await settle()
    expect(sockets[1]!.closed).toBe(true)
    expect(client.pending.updates).toBe(1)
  })

  test('CL7: under another id only that is sent which the old one did not get accepted.', async () => {
    const [, document] = await withDocument()
    type(document, 'c')
    type(document, 'd')
    await fails(1006)
    await comesBack('c9')
    expect(socket().take('open')).toEqual([
      { type: 'open', doc: 1 },
      { type: 'open', doc: 1, version: 0 },
    ])
    socket().says(opened({ version: 1, text: 'abc' }))
    socket().says(opened())
    await settle()
    expect(socket().take('push')).toEqual([])
    socket().says(updates(0, ['c1', 1, [2, [0, 'c']]]))
    await settle()
    expect(socket().take('push')).toEqual([
      { type: 'push', doc: 1, version: 1, seq: 1, changes: [[3, [0, 'd']]] },
    ])
    expect((await storage.load('s', 'ann')).map(({ client }) => client)).toEqual(['c9'])
    expect(document.text.toString()).toBe('abcd')
  })

  test('CL7: a tab whose id another tab took over goes on under a new one, without what was kept.', async () => {
    const released: string[] = []
    class OtherHasIt extends SoleTab {
      override async borrow(): Promise<boolean> {
        return false
      }
      override release(client: string): void {
        released.push(client)
        super.release(client)
      }
    }
    const tab: Tab = new OtherHasIt()
    const [client, document] = await withDocument('ab', { tab })
    type(document, 'c')
    await client.flush()
    await fails(4409, { code: 'taken_over' })
    expect(released).toEqual(['c1'])
    expect([document.text.toString(), document.pending]).toEqual(['ab', 0])
    expect(await storage.load('s', 'ann')).toMatchObject([{ client: 'c1', changes: [[2, [0, 'c']]] }])
    await comesBack('c2')
    expect(socket().take('hello')).toEqual([{ type: 'hello', protocol: 1 }])
    socket().says(opened())
    type(document, 'd')
    await settle()
    expect(socket().take('push')).toMatchObject([{ seq: 1, changes: [[2, [0, 'd']]] }])
    expect(rescued).toEqual([])
  })

  test('CL5: a storage that fails is an error that is told, and typing goes on.', async () => {
    class Full extends MemoryStorage {
      override async save(): Promise<boolean> {
        throw new Error('QuotaExceeded')
      }
    }
    const [, document] = await withDocument('ab', { storage: new Full() })
    type(document, 'c')
    await settle()
    expect(errors).toMatchObject([{ code: 'not_kept', fatal: false }])
    expect(socket().take('push')).toHaveLength(1)
  })

  test('SQ3: an id of a life before is not used with a server that does not say which numbers it has.', async () => {
    const client = await started({ tab: new SoleTab('c1') })
    await welcome('c1')
    const opening = client.open({ path: 'a.txt' })
    socket().says({ ...opened({ text: 'ab' }), seq: undefined })
    await comesBack('c2')
    expect(socket().take('hello')).toEqual([{ type: 'hello', protocol: 1 }])
    socket().says({ ...opened({ text: 'ab' }), seq: undefined })
    type(await opening, 'c')
    expect(socket().take('push')).toMatchObject([{ seq: 1 }])
  })
})

describe('carets', () => {
  const selections = (...list: object[]): object => ({
    type: 'selections',
    doc: 1,
    version: 0,
    selections: list,
  })
  const caret = (client: string, at: number): object => ({
    client,
    name: client,
    display_name: client.toUpperCase(),
    color: 2,
    ranges: [[at, at]],
  })

  test('RM8: own carets are told at once, then at most every 50 ms, at the confirmed version.', async () => {
    const [, document] = await withDocument()
    for (let i = 0; i <= 2; i++) document.select([[i, i]])
    expect(socket().take('select')).toEqual([{ type: 'select', doc: 1, version: 0, ranges: [[0, 0]] }])
    clock.advance(50)
    expect(socket().take('select')).toEqual([{ type: 'select', doc: 1, version: 0, ranges: [[2, 2]] }])
  })

  test('RM8: with unsent edits they wait for these, but not for longer than 300 ms.', async () => {
    const [, document] = await withDocument()
    type(document, 'cd')
    document.select([[4, 4]])
    expect(socket().take('select')).toEqual([])
    socket().says(updates(0, ['c1', 1, [2, [0, 'cd']]]))
    expect(socket().take('select')).toEqual([{ type: 'select', doc: 1, version: 1, ranges: [[4, 4]] }])
    type(document, 'e')
    clock.advance(60)
    document.select([[5, 1]])
    clock.advance(400)
    expect(socket().take('select')).toEqual([{ type: 'select', doc: 1, version: 1, ranges: [[4, 1]] }])
  })

  test('RM8: others’ carets are shown over unsent edits, follow the text, and go when they go.', async () => {
    const [, document] = await withDocument()
    let shown: unknown[] = []
    const view = {
      remote: () => undefined,
      reset: () => undefined,
      selections: (list: readonly { client: string; ranges: unknown }[]) => {
        shown = list.map(({ client, ranges }) => [client, ranges])
      },
    }
    document.attach(view)
    document.edit(ChangeSet.of({ from: 0, insert: 'x' }, 2), view)
    socket().says(selections(caret('c2', 1), caret('c1', 0), caret('c3', 0)))
    expect(shown).toEqual([
      ['c2', [[2, 2]]],
      ['c3', [[0, 0]]],
    ])
    document.edit(ChangeSet.of({ from: 1, insert: 'yy' }, 3), view)
    socket().says(selections({ client: 'c3', name: null, display_name: null, color: null, ranges: [] }))
    expect(shown).toEqual([['c2', [[4, 4]]]])
    await fails(1006)
    expect(shown).toEqual([])
  })
})
