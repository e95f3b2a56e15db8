/**
 * One history of undo for all views of a document. Each view has a history of its own, and in each one what the other did is a foreign change; so
 * the history goes with the keyboard: the view that gets it takes over what the one had in which the last own edit was made.
 */
import { history, historyField } from '@codemirror/commands'
import { Compartment, type Extension, type Text } from '@codemirror/state'
import { EditorView, ViewPlugin } from '@codemirror/view'
import type { Document } from '@/collab/document'
import { catchUp } from './binding'
import { origin } from './origin'

interface Shared {
  /** How each view takes a history over. */
  readonly views: Map<EditorView, (value: unknown) => void>
  /** The view of the last own edit. */
  writer: EditorView | null
  /** What the last view had when it was taken away: a text that moves to another pane has it again. */
  left: { text: Text; history: unknown } | null
}

const shared = new WeakMap<Document, Shared>()

export function sharedHistory(document: Document): Extension {
  const taken = new Compartment()
  const common = shared.get(document) ?? { views: new Map(), writer: null, left: null }
  shared.set(document, common)

  const take = (view: EditorView, value: unknown): void => {
    common.writer = view
    common.left = null
    // A history is one of a text: both views show the document's.
    catchUp(view)
    view.dispatch({ effects: taken.reconfigure(historyField.init(() => value)) })
  }

  return [
    history(),
    taken.of([]),
    EditorView.updateListener.of((update) => {
      const own = update.transactions.some((tr) => tr.docChanged && tr.annotation(origin) === undefined)
      if (own) common.writer = update.view
    }),
    EditorView.domEventObservers({
      focus(_event, view) {
        const { writer, left } = common
        if (writer === view) return
        catchUp(view)
        if (writer) {
          catchUp(writer)
          take(view, writer.state.field(historyField))
        } else if (left?.text.eq(view.state.doc)) take(view, left.history)
      },
    }),
    ViewPlugin.define((view) => {
      common.views.set(view, (value) => take(view, value))
      return {
        destroy() {
          common.views.delete(view)
          if (common.writer !== view) return
          const value = view.state.field(historyField)
          const [other] = common.views.values()
          if (other) return other(value)
          common.writer = null
          common.left = { text: view.state.doc, history: value }
        },
      }
    }),
  ]
}
