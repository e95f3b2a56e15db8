import { expect, test } from 'vitest'
import { SoleTab, type Tab } from '../../src/collab/tabs'
import { settle } from './hand'
import {
  comesBack,
  fails,
  opened,
  rescued,
  socket,
  started,
  storage,
  type,
  updates,
  welcome,
  withDocument,
} from './page'

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
  expect(socket().take('hello')).toEqual([{ type: 'hello', protocol: 1, files_delta: true }])
  socket().says(opened())
  type(document, 'd')
  await settle()
  expect(socket().take('push')).toMatchObject([{ seq: 1, changes: [[2, [0, 'd']]] }])
  expect(rescued).toEqual([])
})

test('SQ3: an id of a life before is not used with a server that does not say which numbers it has.', async () => {
  const client = await started({ tab: new SoleTab('c1') })
  await welcome('c1')
  const opening = client.open({ path: 'a.txt' })
  socket().says({ ...opened({ text: 'ab' }), seq: undefined })
  await comesBack('c2')
  expect(socket().take('hello')).toEqual([{ type: 'hello', protocol: 1, files_delta: true }])
  socket().says({ ...opened({ text: 'ab' }), seq: undefined })
  type(await opening, 'c')
  expect(socket().take('push')).toMatchObject([{ seq: 1 }])
})
