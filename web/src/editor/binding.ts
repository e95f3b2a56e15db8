/** The editor and a live document, held together: what is typed goes to the document, what others did comes from it. */
import {
  ChangeSet,
  Facet,
  Transaction,
  type Annotation,
  type Extension,
  type StateEffect,
  type Text,
} from '@codemirror/state'
import { EditorView, type ViewUpdate } from '@codemirror/view'
import type { Caret } from '@/collab/carets'
import type { Document } from '@/collab/document'
import type { Author, View } from '@/collab/view'
import { origin, type Step } from './origin'
import { setCarets, type RemoteCaret } from './presence'
import { setThreads } from './threads'
import { together, Waiting } from './waiting'

/** Which of a document's views has told last where my carets are. */
const tellers = new WeakMap<Document, Binding>()

/** Milliseconds: one of a screen of 60 Hz, and a little. */
const FRAME = 17
/** A page that is not seen draws no frames. What came is shown after so many milliseconds then. */
const UNSEEN = 200
/** More steps are not left to wait, however rarely the browser lets the page do something. */
const MOST_STEPS = 500

const bindings = Facet.define<Binding>()

/** Shows now what others did and waits for the next frame: for who needs positions of the shown text in the document, or the other way round. */
export function catchUp(view: EditorView): void {
  for (const binding of view.state.facet(bindings)) binding.catchUp()
}

/**
 * What others do within a frame is one update of the editor, however many they are (CL12): an update costs about the same for one change as for ten.
 * Until then the shown text is behind the document, and own edits are taken over what waits.
 */
export class Binding implements View {
  private view: EditorView | null = null
  private readonly waiting = new Waiting()
  /** What is to be shown with it, as the document has it then. */
  private readonly due = { carets: false, threads: false }
  private cancel: (() => void) | null = null
  private typedAt = -Infinity

  constructor(private readonly document: Document) {}

  /** Sends what happens in the editor. */
  readonly sending: Extension = [
    bindings.of(this),
    EditorView.updateListener.of((update) => this.send(update)),
  ]

  private send(update: ViewUpdate): void {
    let own = update.selectionSet || update.focusChanged
    for (const transaction of update.transactions) {
      if (!transaction.docChanged || transaction.annotation(origin) !== undefined) continue
      // Two orders of the same edits may leave a thread at two places: the document's is the one.
      if (this.waiting.size > 0 && this.document.threads.length > 0) this.due.threads = true
      this.document.edit(this.waiting.edited(transaction.changes), this)
      own = true
      this.typedAt = performance.now()
    }
    // What others type moves my caret for everyone alike: only my own moves are told.
    if (own && update.view.hasFocus) {
      tellers.set(this.document, this)
      const place = (position: number): number => this.waiting.place(position)
      const { ranges } = update.state.selection
      this.document.select(ranges.map(({ anchor, head }) => [place(anchor), place(head)]))
    }
  }

  /** Shows what others do in `view`, which has the document's text, until the returned function is called. */
  follow(view: EditorView): () => void {
    this.view = view
    const detach = this.document.attach(this)
    this.catchUp()
    return () => {
      this.catchUp()
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
    if (!this.view) return
    this.waiting.add(changes, by.client)
    if (this.waiting.size < MOST_STEPS) this.soon()
    else this.catchUp()
  }

  reset(text: Text): void {
    if (!this.view) return
    this.waiting.take()
    const { doc } = this.view.state
    const replacement = difference(doc, text)
    if (!replacement) return
    const changes = ChangeSet.of(replacement, doc.length)
    this.view.dispatch({ changes, annotations: received([{ client: '', changes }]) })
  }

  selections(): void {
    this.due.carets = true
    this.soon()
  }

  threads(): void {
    this.due.threads = true
    this.soon()
  }

  /** Shows what waits. */
  catchUp(): void {
    this.cancel?.()
    this.cancel = null
    const { view, due } = this
    const steps = this.waiting.take()
    const effects: StateEffect<unknown>[] = []
    if (due.carets) effects.push(setCarets.of(this.document.carets.map(shownCaret)))
    if (due.threads) effects.push(setThreads.of(this.document.threads))
    due.carets = due.threads = false
    if (!view || (steps.length === 0 && effects.length === 0)) return
    try {
      const changes = together(steps)
      view.dispatch(changes ? { changes, effects, annotations: received(steps) } : { effects })
    } catch (error) {
      // A view that cannot follow must not show another text than the document's, nor half of an update.
      view.setState(view.state)
      this.reset(this.document.text)
      queueMicrotask(() => {
        throw error
      })
    }
  }

  /** Shows what waits with the next frame, or with the one after it. */
  private soon(): void {
    if (this.cancel || !this.view) return
    let late = false
    const drawn = (): void => {
      // The frame that shows an own key has enough to do. That is once: who types on and on sees the others, too.
      if (!late && performance.now() - this.typedAt < FRAME) {
        late = true
        frame = requestAnimationFrame(drawn)
        return
      }
      this.catchUp()
      // Else it would be measured in the frame after this one: what is above would push the text away for a moment.
      this.view?.elementAtHeight(0)
    }
    let frame = requestAnimationFrame(drawn)
    const timer = setTimeout(() => this.catchUp(), UNSEEN)
    this.cancel = () => {
      cancelAnimationFrame(frame)
      clearTimeout(timer)
    }
  }
}

function shownCaret({ client, display_name, color, ranges, view }: Caret): RemoteCaret {
  return { client, name: display_name, color, ranges, view }
}

/** No edit of ours: it is not sent, and undo does not take it back. */
function received(steps: readonly Step[]): Annotation<unknown>[] {
  return [origin.of(steps), Transaction.remote.of(true), Transaction.addToHistory.of(false)]
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
