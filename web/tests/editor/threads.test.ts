// @vitest-environment happy-dom
import { ChangeSet, EditorState } from '@codemirror/state'
import { EditorView } from '@codemirror/view'
import { expect, test } from 'vitest'
import { origin } from '@/editor/origin'
import { setThreads, threads, threadsOf } from '@/editor/threads'

test('CW3: A thread whose text others have deleted has no mark, whatever came in its place.', () => {
  const view = new EditorView({
    parent: globalThis.document.body,
    state: EditorState.create({ doc: 'one alpha beta\ntwo', extensions: threads }),
  })
  view.dispatch({ effects: setThreads.of([{ id: 'a', from: 4, to: 14, resolved: false }]) })
  const marked = (): number => view.contentDOM.querySelectorAll('.ct-about').length
  expect(marked()).toBe(1)
  const changes = ChangeSet.of({ from: 3, to: 14, insert: '#new' }, view.state.doc.length)
  view.dispatch({ changes, annotations: origin.of([{ client: 'c2', changes }]) })
  expect(threadsOf(view.state)).toEqual([])
  expect(marked()).toBe(0)
  const most = ChangeSet.of({ from: 0, to: 5, insert: '#' }, view.state.doc.length)
  view.dispatch({ effects: setThreads.of([{ id: 'b', from: 1, to: 7, resolved: false }]) })
  view.dispatch({ changes: most, annotations: origin.of([{ client: 'c2', changes: most }]) })
  expect(marked()).toBe(threadsOf(view.state).length)
  view.destroy()
})
