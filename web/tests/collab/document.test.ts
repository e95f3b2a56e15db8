import { ChangeSet, type Text } from '@codemirror/state'
import { expect, test } from 'vitest'
import type { PendingEvent } from '../../src/collab/client'
import { MemoryStorage } from '../../src/collab/storage'
import { settle } from './hand'
import {
  clock,
  comesBack,
  errors,
  fails,
  opened,
  rescued,
  socket,
  statuses,
  storage,
  type,
  updates,
  withDocument,
} from './page'

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
