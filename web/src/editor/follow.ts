/** Going along with somebody: the text is scrolled to what they see, and to their caret. And telling others what one sees oneself. */
import { StateEffect, StateField, type Extension } from '@codemirror/state'
import { EditorView, ViewPlugin, type ViewUpdate } from '@codemirror/view'
import type { Document } from '@/collab/document'
import { catchUp } from './binding'
import { caretsOf, type RemoteCaret } from './presence'

/** What is seen is told at most this often while it is scrolled. */
const TELL_EVERY = 150
/** How long somebody's caret may take to arrive in a text that has just been opened. */
const ARRIVES_WITHIN = 4_000

interface Target {
  client: string
  /** Just once, and with one's own caret; then no more. */
  once: boolean
}

const setTarget = StateEffect.define<Target | null>()

const target = StateField.define<Target | null>({
  create: () => null,
  update(value, transaction) {
    for (const effect of transaction.effects) if (effect.is(setTarget)) value = effect.value
    return value
  },
})

class Follower {
  private shown = ''
  private due = false

  constructor(private readonly view: EditorView) {}

  update(update: ViewUpdate): void {
    const wanted = update.state.field(target)
    const other = wanted !== update.startState.field(target)
    if (other) this.shown = ''
    if (!wanted || !(other || caretsOf(update.state) !== caretsOf(update.startState))) return
    if (this.due) return
    this.due = true
    // Nothing may be dispatched within an update.
    queueMicrotask(() => {
      this.due = false
      this.go()
    })
  }

  private go(): void {
    const { view } = this
    const wanted = view.state.field(target)
    const caret = wanted && caretsOf(view.state).find(({ client }) => client === wanted.client)
    if (!caret) return
    const head = caret.ranges[0]?.[1] ?? null
    if (wanted.once) {
      const place = head ?? caret.view?.[0]
      if (place === undefined) return
      view.dispatch({
        selection: { anchor: place },
        effects: [setTarget.of(null), EditorView.scrollIntoView(place, { y: 'center' })],
      })
      view.focus()
      return
    }
    const shown = JSON.stringify([caret.view, head])
    if (shown === this.shown) return
    this.shown = shown
    view.dispatch({ effects: this.scrollTo(caret, head) })
  }

  /** To where they have scrolled; where less fits in here than there, to their caret if they see it. */
  private scrollTo({ view: seen }: RemoteCaret, head: number | null): StateEffect<unknown> | [] {
    const { view } = this
    if (seen) {
      const top = view.lineBlockAt(seen[0]).top
      const hidden = head !== null && view.lineBlockAt(head).bottom - top > view.scrollDOM.clientHeight
      if (head === null || !hidden || head > seen[1] || head < seen[0])
        return EditorView.scrollIntoView(seen[0], { y: 'start', yMargin: 0 })
    }
    return head === null ? [] : EditorView.scrollIntoView(head, { y: 'nearest', yMargin: 60 })
  }
}

/** Which lines are in view, from where to where. */
function seen(view: EditorView): readonly [number, number] | null {
  const { top, bottom } = view.scrollDOM.getBoundingClientRect()
  if (bottom <= top) return null
  const from = view.lineBlockAtHeight(top - view.documentTop + 1)
  const to = view.lineBlockAtHeight(bottom - view.documentTop - 1)
  return [from.from, to.to]
}

/** Tells what one scrolls to oneself; not what one is taken along to, which would go round in circles. */
class Sight {
  /** Which of a document's views has told last. */
  private static readonly tellers = new WeakMap<Document, Sight>()
  private timer: ReturnType<typeof setTimeout> | undefined
  readonly ask = (): void => {
    this.timer ??= setTimeout(() => this.tell(), TELL_EVERY)
  }

  constructor(
    private readonly view: EditorView,
    private readonly document: Document,
  ) {
    view.scrollDOM.addEventListener('scroll', this.ask, { passive: true })
    this.ask()
  }

  update(update: ViewUpdate): void {
    const followed = update.state.field(target) !== update.startState.field(target)
    if (followed || update.geometryChanged || update.focusChanged) this.ask()
  }

  destroy(): void {
    clearTimeout(this.timer)
    this.view.scrollDOM.removeEventListener('scroll', this.ask)
  }

  /** Others need not know any more. */
  hide(): void {
    clearTimeout(this.timer)
    this.timer = undefined
    if (Sight.tellers.get(this.document) === this) this.document.see(null)
  }

  private tell(): void {
    this.timer = undefined
    const hidden = this.view.dom.closest('[inert]') !== null
    const along = this.view.state.field(target)?.once === false
    if (hidden || along) return this.hide()
    Sight.tellers.set(this.document, this)
    catchUp(this.view)
    this.document.see(seen(this.view))
  }
}

/** For the editor of a document. */
export class Following {
  readonly extension: Extension
  private readonly sight: ViewPlugin<Sight>

  constructor(document: Document) {
    this.sight = ViewPlugin.define((view) => new Sight(view, document))
    this.extension = [target, ViewPlugin.fromClass(Follower), this.sight]
  }

  /** Scrolls along with a client from now on; null: no more. */
  follow(view: EditorView, client: string | null): void {
    const now = view.state.field(target)
    if (now?.once ? client === null : (now?.client ?? null) === client) return
    view.dispatch({ effects: setTarget.of(client === null ? null : { client, once: false }) })
  }

  /** Puts one's caret where a client's is, as soon as that is known. */
  goTo(view: EditorView, client: string): void {
    const wanted = { client, once: true }
    view.dispatch({ effects: setTarget.of(wanted) })
    setTimeout(() => {
      if (view.state.field(target) === wanted) view.dispatch({ effects: setTarget.of(null) })
    }, ARRIVES_WITHIN)
  }

  /** It is looked at. */
  enter(view: EditorView): void {
    view.plugin(this.sight)?.ask()
  }

  leave(view: EditorView): void {
    view.plugin(this.sight)?.hide()
  }
}
