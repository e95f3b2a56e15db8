// @vitest-environment happy-dom
import { EditorState } from '@codemirror/state'
import { EditorView } from '@codemirror/view'
import { expect, test } from 'vitest'
import { deceptive } from '@/editor/deceptive'

/** Where the chips are, and what is there. */
function chips(view: EditorView): string[] {
  const found: string[] = []
  for (const set of view.state.facet(EditorView.decorations)) {
    const decorations = typeof set === 'function' ? set(view) : set
    decorations.between(0, view.state.doc.length, (from, to) => {
      found.push(view.state.sliceDoc(from, to))
    })
  }
  return found
}

test('ED8: Chips stay on their characters when others type above what is drawn.', () => {
  const lines = Array.from({ length: 2_000 }, (_, line) => (line % 7 ? `line ${line}` : `li\u200bne ${line}`))
  const view = new EditorView({
    parent: globalThis.document.body,
    state: EditorState.create({ doc: lines.join('\n'), extensions: deceptive }),
  })
  view.dispatch({ effects: EditorView.scrollIntoView(view.state.doc.line(1_000).from, { y: 'center' }) })
  expect(view.viewport.from).toBeGreaterThan(100)
  const before = chips(view).length
  expect(before).toBeGreaterThan(3)
  for (const insert of ['abc', 'one\ntwo\n', 'x']) {
    view.dispatch({ changes: { from: 0, insert } })
    expect(new Set(chips(view))).toEqual(new Set(['\u200b']))
  }
  view.destroy()
})
