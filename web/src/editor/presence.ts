/** Where the others are: their carets with a name flag, and what they have selected. */
import { StateEffect, StateField, type EditorState, type Extension, type Range } from '@codemirror/state'
import {
  Decoration,
  EditorView,
  WidgetType,
  type DecorationSet,
  ViewPlugin,
  type ViewUpdate,
} from '@codemirror/view'
import { firstName } from '@/model/people'
import { stepsOf } from './origin'

/** Somebody's carets in this text: pairs of anchor and head. */
export interface RemoteCaret {
  client: string
  name: string
  color: number
  ranges: readonly (readonly [number, number])[]
  /** Where what they see of the text begins and ends, if they say. */
  view?: readonly [number, number] | null
}

interface Placed extends RemoteCaret {
  /** Counts this person's moves, so that the flag shows itself again after each. */
  moves: number
}

export const setCarets = StateEffect.define<readonly RemoteCaret[]>()

interface Presence {
  carets: readonly Placed[]
  decorations: DecorationSet
}

const field = StateField.define<Presence>({
  create: () => ({ carets: [], decorations: Decoration.none }),
  update(value, transaction) {
    let { carets } = value
    let changed = false
    if (transaction.docChanged && carets.length) {
      const steps = stepsOf(transaction)
      carets = carets.map((caret) => {
        // What one types pushes one's own caret on, and nobody else's.
        const map = (position: number): number =>
          steps.reduce(
            (at, { changes, client }) => changes.mapPos(at, caret.client === client ? 1 : -1),
            position,
          )
        const both = ([anchor, head]: readonly [number, number]) => [map(anchor), map(head)] as const
        return { ...caret, ranges: caret.ranges.map(both), view: caret.view ? both(caret.view) : null }
      })
      changed = true
    }
    for (const effect of transaction.effects) {
      if (!effect.is(setCarets)) continue
      const known = new Map(carets.map((caret) => [caret.client, caret]))
      const length = transaction.state.doc.length
      carets = effect.value.map((caret) => {
        const before = known.get(caret.client)
        const within = ([anchor, head]: readonly [number, number]) =>
          [clamp(anchor, length), clamp(head, length)] as const
        const ranges = caret.ranges.map(within)
        const view = caret.view ? within(caret.view) : null
        const still = before && String(before.ranges) === String(ranges)
        return { ...caret, ranges, view, moves: (before?.moves ?? 0) + (still ? 0 : 1) }
      })
      changed = true
    }
    return changed ? { carets, decorations: decorate(transaction.state, carets) } : value
  },
  provide: (self) => EditorView.decorations.from(self, (value) => value.decorations),
})

/** The others' carets as they are now. */
export function caretsOf(state: EditorState): readonly RemoteCaret[] {
  return state.field(field, false)?.carets ?? []
}

/** Room for the lane at the right edge, in pixels. */
const EDGE = 16

/** A flag that would be cut off at the right edge goes to the other side of its caret. */
const turning = ViewPlugin.fromClass(
  class {
    constructor(view: EditorView) {
      this.look(view)
    }

    update({ view, state, startState, geometryChanged, viewportChanged }: ViewUpdate): void {
      if (geometryChanged || viewportChanged || state.field(field) !== startState.field(field))
        this.look(view)
    }

    private look(view: EditorView): void {
      view.requestMeasure({
        key: turning,
        read: ({ scrollDOM, contentDOM }) => {
          const right = scrollDOM.getBoundingClientRect().left + scrollDOM.clientWidth
          return Array.from(contentDOM.querySelectorAll<HTMLElement>('.ct-caret-flag'), (flag) => {
            const caret = flag.parentElement!
            const { left } = caret.getBoundingClientRect()
            return { caret, turned: left <= right && left + flag.offsetWidth + EDGE > right }
          })
        },
        write(flags) {
          for (const { caret, turned } of flags) caret.classList.toggle('turned', turned)
        },
      })
    }
  },
)

export const presence: Extension = [field, turning]

function clamp(position: number, length: number): number {
  return Math.max(0, Math.min(position, length))
}

function decorate(state: EditorState, carets: readonly Placed[]): DecorationSet {
  const ranges: Range<Decoration>[] = []
  for (const { name, client, color, moves, ranges: selected } of carets) {
    const tint = Decoration.mark({ class: 'ct-selection', attributes: { 'data-person': String(color) } })
    for (const [index, [anchor, head]] of selected.entries()) {
      if (anchor !== head) ranges.push(tint.range(Math.min(anchor, head), Math.max(anchor, head)))
      const line = state.doc.lineAt(head)
      const place = head === line.to ? 'after' : 'above'
      const widget = new Caret(client, index === 0 ? firstName(name) : '', color, moves, place)
      ranges.push(Decoration.widget({ widget, side: head === line.to ? 2 : 1 }).range(head))
    }
  }
  return Decoration.set(ranges, true)
}

class Caret extends WidgetType {
  constructor(
    private readonly client: string,
    private readonly label: string,
    private readonly color: number,
    private readonly moves: number,
    private readonly place: 'above' | 'after',
  ) {
    super()
  }

  override eq(other: Caret): boolean {
    return (
      this.client === other.client &&
      this.label === other.label &&
      this.color === other.color &&
      this.moves === other.moves &&
      this.place === other.place
    )
  }

  override toDOM(): HTMLElement {
    const caret = document.createElement('span')
    caret.className = `ct-caret ${this.place}`
    caret.dataset.person = String(this.color)
    caret.setAttribute('aria-hidden', 'true')
    if (this.label) {
      const flag = caret.appendChild(document.createElement('b'))
      flag.className = 'ct-caret-flag'
      flag.textContent = this.label
    }
    return caret
  }

  override get estimatedHeight(): number {
    return -1
  }

  override ignoreEvent(): boolean {
    return false
  }
}
