/** The threads of comments in the text: what they speak of is marked, beside its first line stands a mark in the gutter, and one can be begun there. */
import { StateEffect, StateField, type EditorState, type Extension } from '@codemirror/state'
import {
  type BlockInfo,
  Decoration,
  EditorView,
  gutter,
  GutterMarker,
  type DecorationSet,
} from '@codemirror/view'
import { followAll } from '@/collab/anchors'
import { texts } from '@/texts'
import type { ThreadPlace } from '@/wire/messages'
import { commentActions } from './commentactions'
import { stepsOf } from './origin'

export const setThreads = StateEffect.define<readonly ThreadPlace[]>()

interface Threads {
  /** By their places. */
  places: readonly ThreadPlace[]
  decorations: DecorationSet
}

const NONE: Threads = { places: [], decorations: Decoration.none }
const about = Decoration.mark({ class: 'ct-about' })

const field = StateField.define<Threads>({
  create: () => NONE,
  update(value, transaction) {
    if (transaction.docChanged && value.places.length) {
      const places = stepsOf(transaction).reduce(
        (followed, { changes }) => followAll(followed, changes),
        value.places,
      )
      // A place whose text is gone goes; its mark may still have some units that came into it.
      const gone = places.length < value.places.length
      value = {
        places,
        decorations: gone ? decorated(transaction.state, places) : value.decorations.map(transaction.changes),
      }
    }
    for (const effect of transaction.effects) {
      if (!effect.is(setThreads)) continue
      const { length } = transaction.state.doc
      const places = effect.value.filter(({ to }) => to <= length)
      value = { places, decorations: decorated(transaction.state, places) }
    }
    return value
  },
  provide: (self) => EditorView.decorations.from(self, ({ decorations }) => decorations),
})

function decorated(state: EditorState, places: readonly ThreadPlace[]): DecorationSet {
  const ranges = places
    .filter(({ from, to, resolved }) => !resolved && from < to)
    .map(({ from, to }) => about.range(beyondIndentation(state, from, to), to))
  return Decoration.set(ranges, true)
}

/** Of whole lines the first one is marked from where its text begins. */
function beyondIndentation({ doc }: EditorState, from: number, to: number): number {
  const line = doc.lineAt(from)
  if (from > line.from) return from
  const text = from + line.text.search(/\S|$/u)
  return text < to ? text : from
}

/** Where the threads are, by their places. */
export function threadsOf(state: EditorState): readonly ThreadPlace[] {
  return state.field(field, false)?.places ?? []
}

/** Those that begin in a line. */
export function threadsIn(state: EditorState, from: number, to: number): ThreadPlace[] {
  const places = threadsOf(state)
  let low = 0
  let high = places.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (places[middle]!.from < from) low = middle + 1
    else high = middle
  }
  const found = []
  for (let i = low; i < places.length && places[i]!.from <= to; i++) found.push(places[i]!)
  return found
}

/** The thread after, or before, a position, around the ends of the text. */
export function threadFrom(state: EditorState, position: number, by: 1 | -1): ThreadPlace | null {
  const places = threadsOf(state).filter(({ resolved }) => !resolved)
  if (by > 0) return places.find(({ from }) => from > position) ?? places[0] ?? null
  return places.findLast(({ from }) => from < position) ?? places[places.length - 1] ?? null
}

const SVG = 'http://www.w3.org/2000/svg'
const BUBBLE = 'M2.5 3.5h11v8h-5l-3 2.5v-2.5h-3z'

function icon(path: string): SVGElement {
  const svg = document.createElementNS(SVG, 'svg')
  svg.setAttribute('viewBox', '0 0 16 16')
  svg.appendChild(document.createElementNS(SVG, 'path')).setAttribute('d', path)
  return svg
}

class Mark extends GutterMarker {
  constructor(
    private readonly count: number,
    private readonly resolved: boolean,
  ) {
    super()
  }

  override eq(other: Mark): boolean {
    return other.count === this.count && other.resolved === this.resolved
  }

  override toDOM(): HTMLElement {
    const mark = document.createElement('span')
    mark.className = this.resolved ? 'ct-thread resolved' : 'ct-thread'
    mark.title = this.resolved ? texts.comments.resolvedHere(this.count) : texts.comments.here(this.count)
    mark.append(icon(this.resolved ? BUBBLE + 'M5.5 7.5l2 2 3.5-3.5' : BUBBLE + 'M5 6.5h6M5 8.5h4'))
    if (this.count > 1) {
      const number = mark.appendChild(document.createElement('b'))
      number.textContent = this.count > 9 ? '9+' : String(this.count)
    }
    return mark
  }
}

/** Where a comment can be begun: it is seen on the line of the caret, and under the pointer. */
class Add extends GutterMarker {
  constructor(private readonly current: boolean) {
    super()
  }

  override eq(other: Add): boolean {
    return other.current === this.current
  }

  override toDOM(): HTMLElement {
    const mark = document.createElement('span')
    mark.className = this.current ? 'ct-thread add current' : 'ct-thread add'
    mark.title = texts.comments.addHere
    mark.append(icon(BUBBLE + 'M8 5.25v4.5M5.75 7.5h4.5'))
    return mark
  }
}

const marks = gutter({
  class: 'ct-threads',
  renderEmptyElements: true,
  lineMarker(view, line) {
    const here = threadsIn(view.state, line.from, line.to)
    const open = here.filter(({ resolved }) => !resolved).length
    if (here.length) return new Mark(open || here.length, open === 0)
    if (!view.state.facet(commentActions).may) return null
    const { head } = view.state.selection.main
    return new Add(head >= line.from && head <= line.to)
  },
  lineMarkerChange: (update) =>
    update.selectionSet ||
    update.startState.field(field) !== update.state.field(field) ||
    update.startState.facet(commentActions) !== update.state.facet(commentActions),
  domEventHandlers: {
    mousedown(view, line, event) {
      if ((event as MouseEvent).button !== 0) return false
      const { open, begin, may } = view.state.facet(commentActions)
      const here = threadsNear(view, line, (event as MouseEvent).clientY)
      if (here.length) open(here)
      else if (may) begin(selectedOr(view.state, line.from, line.to))
      else return false
      event.preventDefault()
      return true
    },
  },
})

/** A sign can be hit within so many pixels, though a line is less high (WCAG 2.5.8). */
const TARGET = 24

/** The threads of a line; of a neighbour, where the line has none and the neighbour's sign is close enough. */
function threadsNear(view: EditorView, line: BlockInfo, clientY: number): ThreadPlace[] {
  const here = threadsIn(view.state, line.from, line.to)
  const reach = (TARGET - view.defaultLineHeight) / 2
  if (here.length || reach <= 0) return here
  for (const by of [-reach, reach]) {
    const { from, to } = view.lineBlockAtHeight(clientY - view.documentTop + by)
    const there = from === line.from ? [] : threadsIn(view.state, from, to)
    if (there.length) return there
  }
  return []
}

/** What is selected, if it begins or ends in that line; else the line. */
function selectedOr(state: EditorState, from: number, to: number): { from: number; to: number } {
  const { main } = state.selection
  const touches = !main.empty && main.from <= to && main.to >= from
  return touches ? trimmed(state, main.from, main.to) : trimmed(state, from, to)
}

/** Without the space around it, which would be left on another line when the text is deleted. */
function trimmed(state: EditorState, from: number, to: number): { from: number; to: number } {
  const text = state.sliceDoc(from, to)
  const start = from + text.search(/\S|$/u)
  return start < to ? { from: start, to: from + text.trimEnd().length } : { from, to: from }
}

/** What a comment that is begun now would speak of: the selection, or the line of the caret. */
export function subjectOf(state: EditorState): { from: number; to: number } {
  const { main } = state.selection
  const line = state.doc.lineAt(main.head)
  return selectedOr(state, line.from, line.to)
}

export const threads: Extension = [field, marks]
