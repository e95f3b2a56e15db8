import { expect, test } from 'vitest'
import { OpenError } from '../../src/collab/client'
import { errors, opened, socket, started, type, updates, welcome, withDocument } from './page'

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

test('RM12: of files what is otherwise is enough: new, changed, renamed and deleted ones are in their places.', async () => {
  const [client, document] = await withDocument()
  const file = (path: string, size = 1) => ({ path, size, binary: false })
  socket().says({ type: 'files', files: [{ ...file('a.txt'), doc: 1 }, file('c.txt'), file('d.txt')] })
  socket().says({
    type: 'files_changed',
    changed: [{ ...file('z.txt'), doc: 1 }, file('b.txt'), file('d.txt', 2)],
    removed: ['a.txt', 'c.txt'],
    moved: { from: 'a.txt', to: 'z.txt' },
  })
  expect(client.files).toEqual([file('b.txt'), file('d.txt', 2), { ...file('z.txt'), doc: 1 }])
  expect(document.path).toBe('z.txt')
})
