import { expect, test } from 'vitest'
import type { Document } from '../../src/collab/client'
import { settle } from './hand'
import { clock, fails, opened, reload, socket, started, type, welcome, withDocument } from './page'

test('CL5: a reload offers unsent edits while the server is away, and sends them when it is back.', async () => {
  const [client, document] = await withDocument()
  await fails(1006)
  type(document, 'c')
  await client.flush()
  reload()

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
