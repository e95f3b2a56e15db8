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
