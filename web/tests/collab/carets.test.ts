import { ChangeSet } from '@codemirror/state'
import { expect, test } from 'vitest'
import { clock, fails, socket, type, updates, withDocument } from './page'

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

test('RM8: one’s own carets, which the server tells everyone, are nothing to show.', async () => {
  const [, document] = await withDocument()
  let calls = 0
  document.attach({ remote: () => undefined, reset: () => undefined, selections: () => void calls++ })
  socket().says(selections(caret('c1', 1)))
  expect(calls).toBe(0)
  socket().says(selections(caret('c1', 1), caret('c2', 1)))
  expect(calls).toBe(1)
})

test('PR3: what is seen is told with the carets, without them too, follows the text, and ends.', async () => {
  const [, document] = await withDocument('abcd')
  document.see([0, 4])
  expect(socket().take('select')).toEqual([{ type: 'select', doc: 1, version: 0, ranges: [], view: [0, 4] }])
  socket().says(updates(0, ['c2', 1, [[0, 'xx'], 4]]))
  document.select([[3, 3]])
  clock.advance(50)
  expect(socket().take('select')).toEqual([
    { type: 'select', doc: 1, version: 1, ranges: [[3, 3]], view: [0, 6] },
  ])
  document.see(null)
  document.select([])
  clock.advance(50)
  expect(socket().take('select')).toEqual([{ type: 'select', doc: 1, version: 1, ranges: [] }])
})

test('PR3: who sees a text and has no caret in it is among those who are shown.', async () => {
  const [, document] = await withDocument('abcd')
  let shown: readonly unknown[] = []
  document.attach({
    remote: () => undefined,
    reset: () => undefined,
    selections: (list) => (shown = [...list]),
  })
  socket().says(selections({ ...caret('c2', 0), ranges: [], view: [1, 3] }))
  expect(shown).toMatchObject([{ client: 'c2', ranges: [], view: [1, 3] }])
  socket().says(selections({ ...caret('c2', 0), ranges: [] }))
  expect(shown).toEqual([])
})
