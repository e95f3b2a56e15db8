import { describe, expect, test } from 'vitest'
import { settle } from './hand'
import {
  clock,
  comesBack,
  errors,
  fails,
  socket,
  sockets,
  started,
  statuses,
  storage,
  type,
  welcome,
  withDocument,
} from './page'

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
