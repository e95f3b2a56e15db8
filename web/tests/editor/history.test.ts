// @vitest-environment happy-dom
import { redo, undo } from '@codemirror/commands'
import { EditorState } from '@codemirror/state'
import { EditorView } from '@codemirror/view'
import { expect, test } from 'vitest'
import type { Document } from '@/collab/document'
import { Binding, catchUp } from '@/editor/binding'
import { sharedHistory } from '@/editor/history'
import { socket, updates, withDocument } from '../collab/page'

const unfollow = new WeakMap<EditorView, () => void>()

function viewOf(document: Document): EditorView {
  const binding = new Binding(document)
  const view = new EditorView({
    parent: globalThis.document.body,
    state: EditorState.create({
      doc: document.text,
      extensions: [sharedHistory(document), binding.sending],
    }),
  })
  unfollow.set(view, binding.follow(view))
  return view
}
const write = (view: EditorView, from: number, insert: string): void =>
  view.dispatch({ changes: { from, insert }, userEvent: 'input.type' })
const goTo = (view: EditorView): void => {
  view.contentDOM.dispatchEvent(new FocusEvent('focus'))
}
const end = (view: EditorView): void => {
  unfollow.get(view)?.()
  view.destroy()
}
const all = (...views: EditorView[]): string[] =>
  views.map((view) => {
    catchUp(view)
    return view.state.doc.toString()
  })

test('CL8: two views of a document have one history, and it leaves what others do.', async () => {
  const [, document] = await withDocument()
  const [left, right] = [viewOf(document), viewOf(document)]
  goTo(left)
  write(left, 2, ' left')
  goTo(right)
  write(right, 0, 'right ')
  socket().says(updates(0, ['c2', 1, [[0, 'X'], 2]]))
  expect(all(left, right)).toEqual(['Xright ab left', 'Xright ab left'])
  goTo(left)
  undo(left)
  expect(all(left, right)).toEqual(['Xab left', 'Xab left'])
  goTo(right)
  undo(right)
  expect(all(left, right)).toEqual(['Xab', 'Xab'])
  expect(undo(right)).toBe(false)
  goTo(left)
  redo(left)
  redo(left)
  expect(all(left, right)).toEqual(['Xright ab left', 'Xright ab left'])
  expect(document.text.toString()).toBe('Xright ab left')
})

test('CL8: the history stays when the view is taken away in which it was made.', async () => {
  const [, document] = await withDocument()
  const [left, right] = [viewOf(document), viewOf(document)]
  goTo(left)
  write(left, 2, '!')
  end(left)
  socket().says(updates(0, ['c2', 1, [[0, 'X'], 2]]))
  goTo(right)
  undo(right)
  expect(document.text.toString()).toBe('Xab')
  write(right, 0, '?')
  end(right)
  const moved = viewOf(document)
  goTo(moved)
  undo(moved)
  expect(document.text.toString()).toBe('Xab')
})

test('CL8: a view that gets the keyboard before it shows what the other did takes the history over all the same.', async () => {
  const [, document] = await withDocument()
  const [left, right] = [viewOf(document), viewOf(document)]
  goTo(left)
  write(left, 2, ' left')
  socket().says(updates(0, ['c2', 1, [[0, 'X'], 2]]))
  goTo(right)
  undo(right)
  expect(document.text.toString()).toBe('Xab')
  expect(all(left, right)).toEqual(['Xab', 'Xab'])
})
