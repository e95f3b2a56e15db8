// @vitest-environment happy-dom
import { expect, test } from 'vitest'
import { catchUp } from '@/editor/binding'
import { createEditor, type EditorFacts } from '@/editor/editor'
import { DEFAULTS } from '@/model/preferences'
import { socket, updates, withDocument } from '../collab/page'

test('What the status bar says is told when it has become another, not at each edit of others.', async () => {
  const [, document] = await withDocument('one\ntwo')
  const told: EditorFacts[] = []
  const editor = createEditor({
    parent: globalThis.document.body,
    document,
    path: 'a.txt',
    readOnly: false,
    language: null,
    liking: { ...DEFAULTS, inDark: false, still: true },
    actions: { save: () => undefined, close: () => undefined },
    changed: (facts) => told.push(facts),
  })
  const { view } = editor
  view.dispatch({ selection: { anchor: 1 } })
  expect(told.map(({ column }) => column)).toEqual([1, 2])
  socket().says(updates(0, ['c2', 1, [7, [0, '!']]]))
  catchUp(view)
  expect(told.length).toBe(2)
  socket().says(updates(1, ['c2', 2, [[0, '>'], 8]], ['c2', 3, [4, [0, '\r'], 5]]))
  catchUp(view)
  expect(told.slice(2)).toMatchObject([{ line: 1, column: 3, returns: true }])
  editor.destroy()
})
