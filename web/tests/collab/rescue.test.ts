import { expect, test } from 'vitest'
import { settle } from './hand'
import { comesBack, fails, rescued, socket, started, storage, type, withDocument } from './page'

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
