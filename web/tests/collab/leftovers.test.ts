import { expect, test } from 'vitest'
import type { Changes } from '../../src/wire/messages'
import { settle } from './hand'
import { clock, opened, socket, sockets, started, storage, updates, welcome } from './page'

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
