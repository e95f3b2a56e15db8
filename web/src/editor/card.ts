/**
 * A card that belongs to a place in the text and goes along with it: beside its lines where there is room next to them, below the line otherwise, where
 * room is made for it. It is no part of the text, so that typing in the one never disturbs the other.
 */
import {
  countColumn,
  StateEffect,
  StateField,
  type EditorState,
  type Extension,
  type Line,
} from '@codemirror/state'
import {
  Decoration,
  EditorView,
  ViewPlugin,
  WidgetType,
  type DecorationSet,
  type ViewUpdate,
} from '@codemirror/view'

interface Card {
  from: number
  to: number
  /** Pixels that are kept free below its line; 0: it stands beside. */
  space: number
  room: DecorationSet
}

const setCard = StateEffect.define<{ from: number; to: number } | null>()
const setSpace = StateEffect.define<number>()

class Space extends WidgetType {
  constructor(private readonly height: number) {
    super()
  }
  override eq(other: Space): boolean {
    return other.height === this.height
  }
  override toDOM(): HTMLElement {
    const space = document.createElement('div')
    space.style.height = `${this.height}px`
    return space
  }
  override updateDOM(dom: HTMLElement): boolean {
    dom.style.height = `${this.height}px`
    return true
  }
  override get estimatedHeight(): number {
    return this.height
  }
}

const field = StateField.define<Card | null>({
  create: () => null,
  update(before, transaction) {
    let card = before
    if (card && transaction.docChanged) {
      const from = transaction.changes.mapPos(card.from, 1)
      card = { ...card, from, to: Math.max(from, transaction.changes.mapPos(card.to, -1)) }
    }
    for (const effect of transaction.effects) {
      if (effect.is(setCard)) card = effect.value && { ...effect.value, space: 0, room: Decoration.none }
      else if (effect.is(setSpace) && card) card = { ...card, space: effect.value }
    }
    if (!card || card === before) return card
    if (!card.space) return { ...card, room: Decoration.none }
    const widget = Decoration.widget({ widget: new Space(card.space), block: true, side: 1 })
    return { ...card, room: Decoration.set(widget.range(lineBelow(transaction.state, card).to)) }
  },
  provide: (self) => EditorView.decorations.from(self, (card) => card?.room ?? Decoration.none),
})

/** More lines than this are not gone past to stand below them. */
const MOST_LINES = 10
/** Pixels at a text of the usual size: the card, and what is left free on both sides. */
const WIDTH_REM = 20
const AHEAD = 260

function lineBelow(state: EditorState, { from, to }: Pick<Card, 'from' | 'to'>): Line {
  const [first, last] = [state.doc.lineAt(from), state.doc.lineAt(to)]
  return last.number - first.number < MOST_LINES ? last : first
}

class CardPlugin {
  readonly host = document.createElement('div')
  private beside = true
  private width = 0
  private readonly sizes = new ResizeObserver(() => this.schedule())

  constructor(private readonly view: EditorView) {
    this.host.className = 'ct-card'
    this.host.hidden = true
    view.scrollDOM.append(this.host)
    this.sizes.observe(this.host)
    view.scrollDOM.addEventListener('scroll', this.scrolled, { passive: true })
  }

  update(update: ViewUpdate): void {
    const card = update.state.field(field)
    const before = update.startState.field(field)
    this.host.hidden = !card
    if (card && update.transactions.some((tr) => tr.effects.some((effect) => effect.is(setCard))))
      this.decide(card)
    if (card && (card !== before || update.geometryChanged || update.viewportChanged)) this.schedule()
  }

  destroy(): void {
    this.sizes.disconnect()
    this.view.scrollDOM.removeEventListener('scroll', this.scrolled)
    this.host.remove()
  }

  private readonly scrolled = (): void => {
    if (!this.host.hidden && this.view.scrollDOM.scrollWidth > this.view.scrollDOM.clientWidth)
      this.schedule()
  }

  /** Beside its lines, if they and those that it would reach down to leave room. Decided once: it must not jump while one types. */
  private decide({ from }: Card): void {
    const { view } = this
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize)
    this.width = view.scrollDOM.clientWidth
    let { number } = view.state.doc.lineAt(from)
    const last = Math.min(view.state.doc.lines, number + Math.ceil(AHEAD / view.defaultLineHeight))
    let columns = 0
    for (; number <= last; number++) {
      const { text } = view.state.doc.line(number)
      columns = Math.max(columns, countColumn(text, view.state.tabSize))
    }
    const gutters = view.contentDOM.getBoundingClientRect().left - view.scrollDOM.getBoundingClientRect().left
    this.beside = gutters + columns * view.defaultCharacterWidth + WIDTH_REM * rem < this.width
    this.host.classList.toggle('below', !this.beside)
  }

  private schedule(): void {
    this.view.requestMeasure({
      key: this,
      read: (view) => {
        const card = view.state.field(field)
        if (!card) return null
        const scroller = view.scrollDOM
        const top = view.documentTop - scroller.getBoundingClientRect().top + scroller.scrollTop
        const height = this.host.offsetHeight
        const resized = scroller.clientWidth !== this.width
        const first = view.lineBlockAt(card.from)
        const end = view.contentHeight + 2 * view.documentPadding.top
        const place = this.beside
          ? Math.max(0, Math.min(top + first.top, Math.max(end, scroller.clientHeight) - height - 8))
          : top + view.lineBlockAt(lineBelow(view.state, card).to).bottom - card.space
        return { place, height, resized, left: scroller.scrollLeft, width: scroller.clientWidth, card }
      },
      write: (found, view) => {
        if (!found) return
        const { place, height, left, width, card, resized } = found
        this.host.style.top = `${Math.round(place)}px`
        this.host.style.setProperty('--card-left', `${left}px`)
        this.host.style.setProperty('--card-room', `${width}px`)
        const space = this.beside ? 0 : Math.ceil(height)
        if (!resized && space === card.space) return
        // An update may not be made while one is measured.
        setTimeout(() => {
          const now = view.state.field(field, false)
          if (!now) return
          if (resized) this.decide(now)
          view.dispatch({ effects: setSpace.of(this.beside ? 0 : Math.ceil(this.host.offsetHeight)) })
        })
      },
    })
  }
}

const plugin = ViewPlugin.fromClass(CardPlugin)

export const card: Extension = [field, plugin]

/** Where what the card shows is put. */
export function cardHost(view: EditorView): HTMLElement {
  return view.plugin(plugin)!.host
}

/** Shows the card at a place, or takes it away. */
export function placeCard(view: EditorView, at: { from: number; to: number } | null): void {
  view.dispatch({ effects: setCard.of(at) })
}

/** Where the card's place is now. */
export function cardPlace(view: EditorView): { from: number; to: number } | null {
  return view.state.field(field, false) ?? null
}
