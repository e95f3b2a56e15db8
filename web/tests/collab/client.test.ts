import { describe, expect, test } from 'vitest'
import { settle } from './hand'
import {
  clock,
  comesBack,
  errors,
  fails,
  opened,
  socket,
  sockets,
  started,
  statuses,
  storage,
  type,
  updates,
  welcome,
  withDocument,
} from './page'

describe('connecting', () => {
  test('CL4: hello comes first, without an id at first and then with the one that was given.', async () => {
    const client = await started()
    socket().opens()
    expect(socket().sent).toEqual([{ type: 'hello', protocol: 1, files_delta: true }])
    await welcome('c7')
    expect([client.status, client.client, client.role]).toEqual(['online', 'c7', 'editor'])
    await fails(1006)
    await comesBack('c7')
    expect(socket().take('hello')).toEqual([{ type: 'hello', protocol: 1, files_delta: true, client: 'c7' }])
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

  test('CL9: while an edit is unconfirmed a dead connection is noticed within 8 s.', async () => {
    const [client, document] = await withDocument()
    clock.advance(5_000)
    expect(socket().take('ping')).toHaveLength(0)
    type(document, 'c')
    clock.advance(1_000)
    expect(socket().take('ping')).toHaveLength(1)
    clock.advance(3_000)
    expect(client.status).toBe('online')
    clock.advance(4_000)
    expect(client.status).not.toBe('online')
    expect(client.pending.updates).toBe(1)
  })

  test('CL9: when the system says that the network is gone, a connection that does not answer is given up in 3 s.', async () => {
    const client = await started()
    await welcome()
    client.networkLost()
    expect(socket().take('ping')).toHaveLength(1)
    clock.advance(3_000)
    expect(client.status).not.toBe('online')
  })

  test('CL9: a server that answers without a network, as one on this machine, stays connected.', async () => {
    const client = await started()
    await welcome()
    client.networkLost()
    clock.advance(500)
    socket().says({ type: 'pong' })
    clock.advance(8_000)
    expect([client.status, sockets.length]).toEqual(['online', 1])
  })

  test('CL9: on a network that takes 9 s for an answer the connection is made anew twice at the most, and then stays.', async () => {
    const [client, document] = await withDocument()
    let sent = 0
    const answers: { at: number; with: object; on: number }[] = []
    for (let second = 0; second < 240; second++) {
      if (second % 20 === 0) type(document, 'x')
      clock.advance(1_000)
      await settle()
      if (socket().sent.some(({ type }) => type === 'hello') || client.status === 'connecting') {
        socket().sent = []
        await welcome()
        socket().says(opened({ version: sent, seq: sent }))
        await settle()
      }
      if (socket().take('ping').length > 0)
        answers.push({ at: second + 9, with: { type: 'pong' }, on: sockets.length })
      for (const { version, seq, changes } of socket().take('push')) {
        const given = updates(
          version,
          ...changes.map((one, i): [string, number, unknown] => ['c1', seq + i, one]),
        )
        answers.push({ at: second + 9, with: given, on: sockets.length })
      }
      for (const answer of answers.filter(({ at }) => at === second)) {
        if (answer.on !== sockets.length) continue
        socket().says(answer.with)
        if ('updates' in answer.with) sent += (answer.with.updates as unknown[]).length
      }
    }
    expect(sockets.length).toBeLessThanOrEqual(3)
    expect(client.status).toBe('online')
  })

  test('CL9: a long push on a slow network has the time that it takes.', async () => {
    const [client, document] = await withDocument()
    type(document, 'x'.repeat(320_000))
    clock.advance(20_000)
    expect(client.status).toBe('online')
    clock.advance(8_000)
    expect(client.status).not.toBe('online')
  })

  test.each([
    [4403, 'removed', 'removed'],
    [4403, 'deleted', 'deleted'],
  ])(
    'CL10: after close code %i with %s nothing can be typed until there is a welcome again.',
    async (code, why, reason) => {
      const [client, document] = await withDocument()
      type(document, 'c')
      await fails(code, { code: why })
      expect([client.reason, client.shut, document.readOnly, document.pending]).toEqual([
        reason,
        true,
        true,
        1,
      ])
      client.retryNow()
      await settle()
      expect([client.status, document.readOnly]).toEqual(['connecting', true])
      await welcome()
      socket().says(opened())
      await settle()
      expect([client.shut, document.readOnly]).toEqual([false, false])
      expect(socket().take('push')).toMatchObject([{ seq: 1, changes: [[2, [0, 'c']]] }])
    },
  )

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
    [4401, 'logged_out', {}],
    [4401, 'disabled', { reason: 'disabled' }],
    [4403, 'removed', {}],
    [4400, 'refused', {}],
    [4413, 'refused', {}],
  ])('Close code %i ends it for good: %s.', async (code, reason, more) => {
    const client = await started()
    await welcome()
    await fails(code, { code: 'some_code', ...more })
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

test('PR1: what is looked at is told once, and again after every break.', async () => {
  const client = await started()
  client.look('a.txt', null)
  await welcome()
  expect(socket().take('presence')).toEqual([{ type: 'presence', path: 'a.txt' }])
  client.look('a.txt', null)
  expect(socket().take('presence')).toEqual([])
  client.look('a.txt', clock.now() - 120_000)
  expect(socket().take('presence')).toEqual([{ type: 'presence', path: 'a.txt', idle: 120 }])
  await fails(1006)
  await comesBack()
  expect(socket().take('presence')).toMatchObject([{ type: 'presence', path: 'a.txt' }])
  client.look(null, null)
  expect(socket().take('presence')).toEqual([{ type: 'presence' }])
})
