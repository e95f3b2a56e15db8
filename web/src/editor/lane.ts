/** Everyone's place in the whole text, drawn over the scrollbar: mine in the accent, the others in their colours. */
import { ViewPlugin, type EditorView, type ViewUpdate } from '@codemirror/view'
import { caretsOf } from './presence'
import { threadsOf } from './threads'

interface Mark {
  /** 0 to 1 of the whole text's height. */
  top: number
  bottom: number
  person: number | null
  comment?: boolean
}

/** More comments are not drawn: they would be one bar. */
const MOST_THREADS = 300

interface Measured {
  marks: Mark[]
  height: number
}

class Lane {
  private readonly dom = document.createElement('div')
  private shown = ''

  constructor(private readonly view: EditorView) {
    this.dom.className = 'ct-lane'
    this.dom.setAttribute('aria-hidden', 'true')
    view.dom.append(this.dom)
    this.schedule()
  }

  update(update: ViewUpdate): void {
    const moved = caretsOf(update.state) !== caretsOf(update.startState)
    const commented = threadsOf(update.state) !== threadsOf(update.startState)
    if (moved || commented || update.docChanged || update.selectionSet || update.geometryChanged)
      this.schedule()
  }

  destroy(): void {
    this.dom.remove()
  }

  private schedule(): void {
    this.view.requestMeasure<Measured>({
      key: this,
      read: (view) => this.read(view),
      write: (measured) => this.draw(measured),
    })
  }

  private read(view: EditorView): Measured {
    const whole = Math.max(view.contentHeight, view.scrollDOM.clientHeight, 1)
    const padding = view.documentPadding.top
    const place = (from: number, to: number, person: number | null): Mark => {
      const first = view.lineBlockAt(from)
      const last = from === to ? first : view.lineBlockAt(to)
      // A caret is a stroke, a selection as high as its lines.
      const [top, bottom] =
        from === to
          ? [(first.top + first.bottom) / 2, (first.top + first.bottom) / 2]
          : [first.top, last.bottom]
      return { top: (top + padding) / whole, bottom: (bottom + padding) / whole, person }
    }
    const marks = view.state.selection.ranges.map((range) => place(range.head, range.head, null))
    for (const { ranges, color } of caretsOf(view.state)) {
      for (const [anchor, head] of ranges)
        marks.push(place(Math.min(anchor, head), Math.max(anchor, head), color))
    }
    for (const { from, resolved } of threadsOf(view.state).slice(0, MOST_THREADS))
      if (!resolved) marks.push({ ...place(from, from, null), comment: true })
    return { marks, height: view.scrollDOM.clientHeight }
  }

  private draw({ marks, height }: Measured): void {
    const shown = JSON.stringify([marks, height])
    if (shown === this.shown) return
    this.shown = shown
    this.dom.replaceChildren(
      ...marks.map(({ top, bottom, person, comment }) => {
        const mark = document.createElement('i')
        if (person !== null) mark.dataset.person = String(person)
        if (comment) mark.className = 'comment'
        mark.style.top = `${Math.round(Math.min(top * height, height - 3))}px`
        mark.style.height = `${Math.max(3, Math.round((bottom - top) * height))}px`
        return mark
      }),
    )
  }
}

export const lane = ViewPlugin.fromClass(Lane)
