/** The editor and a live document, held together: what is typed goes to the document, what others did comes from it. */
import { Transaction, type Annotation, type ChangeSet, type Extension, type Text } from '@codemirror/state'
import { EditorView } from '@codemirror/view'
import type { Author, Caret, Document, View } from '@/collab/document'
import type { ThreadPlace } from '@/wire/messages'
import { origin } from './origin'
import { setCarets } from './presence'
import { setThreads } from './threads'

/** Which of a document's views has told last where my carets are. */
const tellers = new WeakMap<Document, Binding>()

export class Binding implements View {
  private view: EditorView | null = null

  constructor(private readonly document: Document) {}

  /** Sends what happens in the editor. */
  readonly sending: Extension = EditorView.updateListener.of((update) => {
    let own = update.selectionSet || update.focusChanged
    for (const transaction of update.transactions) {
      if (!transaction.docChanged || transaction.annotation(origin) !== undefined) continue
      this.document.edit(transaction.changes, this)
      own = true
    }
    // What others type moves my caret for everyone alike: only my own moves are told.
    if (own && update.view.hasFocus) {
      tellers.set(this.document, this)
      this.document.select(update.state.selection.ranges.map(({ anchor, head }) => [anchor, head]))
    }
  })

  /** Shows what others do in `view`, which has the document's text, until the returned function is called. */
  follow(view: EditorView): () => void {
    this.view = view
    const detach = this.document.attach(this)
    return () => {
      detach()
      this.view = null
    }
  }

  /** This view is not looked at any more: others need not see the carets that it told. */
  leave(): void {
    if (tellers.get(this.document) !== this) return
    tellers.delete(this.document)
    this.document.select([])
  }

  remote(changes: ChangeSet, by: Author): void {
    this.view?.dispatch({ changes, annotations: received(by.client) })
  }

  reset(text: Text): void {
    if (!this.view) return
    const changes = difference(this.view.state.doc, text)
    if (changes) this.view.dispatch({ changes, annotations: received('') })
  }

  selections(carets: readonly Caret[]): void {
    const shown = carets.map(({ client, display_name, color, ranges, view }) => ({
      client,
      name: display_name,
      color,
      ranges,
      view,
    }))
    this.view?.dispatch({ effects: setCarets.of(shown) })
  }

  threads(places: readonly ThreadPlace[]): void {
    this.view?.dispatch({ effects: setThreads.of(places) })
  }
}

/** No edit of ours: it is not sent, and undo does not take it back. */
function received(client: string): Annotation<unknown>[] {
  return [origin.of(client), Transaction.remote.of(true), Transaction.addToHistory.of(false)]
}

/** One replacement that makes `to` of `from`: all but the beginning and end that they share, so that carets stay. */
export function difference(from: Text, to: Text): { from: number; to: number; insert: Text } | null {
  if (from.eq(to)) return null
  const a = from.toString()
  const b = to.toString()
  const shorter = Math.min(a.length, b.length)
  let start = 0
  while (start < shorter && a.charCodeAt(start) === b.charCodeAt(start)) start++
  let end = 0
  while (end < shorter - start && a.charCodeAt(a.length - 1 - end) === b.charCodeAt(b.length - 1 - end)) end++
  // Never between the halves of a surrogate pair.
  if (start > 0 && isHigh(a.charCodeAt(start - 1))) start--
  if (end > 0 && isLow(a.charCodeAt(a.length - end))) end--
  return { from: start, to: a.length - end, insert: to.slice(start, b.length - end) }
}

function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff
}

function isLow(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff
}
