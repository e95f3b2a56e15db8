/** A text that is typed again: what comes is tinted in its author's colour for a while, what goes is seen to go. Nothing can be edited. */
import { syntaxHighlighting } from '@codemirror/language'
import {
  ChangeSet,
  Compartment,
  EditorState,
  StateEffect,
  StateField,
  type Range,
  type Text,
  type Transaction,
} from '@codemirror/state'
import { Decoration, EditorView, keymap, lineNumbers, WidgetType, type DecorationSet } from '@codemirror/view'
import { spelledOut } from '@/model/visible'
import { texts } from '@/texts'
import { deceptive } from './deceptive'
import { languageOf } from './languages'
import { findKeymap } from './finding'
import { finding } from './findpanel'
import { styleNonce } from './nonce'
import { presence, setCarets } from './presence'
import { syntax } from './syntax'
import { theme } from './theme'

/** What one person does. */
export interface Stroke {
  changes: unknown
  name: string
  color: number
  /** How many keystrokes it counts for: what is tinted fades with those that come after. */
  weight: number
}

export interface Replay {
  /** Another text, and what was done to it last. */
  show(text: Text, recent: readonly Stroke[]): void
  play(strokes: readonly Stroke[]): void
  destroy(): void
}

/** Keystrokes until a tint is fainter, and gone; and until a deleted text is. */
const FRESH = 40
const TINTED = 160
const GONE = 6
const LONGEST_GONE = 120
const KEPT = 400

interface Trace {
  from: number
  to: number
  color: number
  born: number
  /** What was deleted here; null: this was inserted. */
  gone: string | null
}

const stroke = StateEffect.define<{ color: number; weight: number; gone: { at: number; text: string }[] }>()
const forget = StateEffect.define<null>()

interface Traces {
  now: number
  traces: readonly Trace[]
  decorations: DecorationSet
}

const NONE: Traces = { now: 0, traces: [], decorations: Decoration.none }

const field = StateField.define<Traces>({
  create: () => NONE,
  update(value, transaction) {
    let { now, traces } = value
    for (const effect of transaction.effects) {
      if (effect.is(forget)) return NONE
      if (!effect.is(stroke)) continue
      now += effect.value.weight
      const { color, gone } = effect.value
      const lasts = (trace: Trace): boolean => now - trace.born < (trace.gone === null ? TINTED : GONE)
      const mapped = traces.filter(lasts).map((trace) => moved(trace, transaction))
      const fresh: Trace[] = gone.map(({ at, text }) => ({ from: at, to: at, color, born: now, gone: text }))
      transaction.changes.iterChanges((_fromA, _toA, from, to) => {
        if (to > from) fresh.push({ from, to, color, born: now, gone: null })
      })
      traces = [...mapped.filter(({ from, to, gone }) => to > from || gone !== null), ...fresh].slice(-KEPT)
    }
    return traces === value.traces ? value : { now, traces, decorations: decorate(traces, now) }
  },
  provide: (self) => EditorView.decorations.from(self, (value) => value.decorations),
})

function moved(trace: Trace, { changes }: Transaction): Trace {
  return { ...trace, from: changes.mapPos(trace.from, 1), to: changes.mapPos(trace.to, -1) }
}

function decorate(traces: readonly Trace[], now: number): DecorationSet {
  const ranges: Range<Decoration>[] = []
  for (const { from, to, color, born, gone } of traces) {
    if (gone !== null) ranges.push(Decoration.widget({ widget: new Gone(gone), side: -1 }).range(from))
    else ranges.push(TINTS[now - born < FRESH ? 0 : 1]![color - 1]!.range(from, to))
  }
  return Decoration.set(ranges, true)
}

const TINTS = ['ct-typed', 'ct-typed old'].map((name) =>
  Array.from({ length: 8 }, (_, i) =>
    Decoration.mark({ class: name, attributes: { 'data-person': String(i + 1) } }),
  ),
)

class Gone extends WidgetType {
  constructor(private readonly text: string) {
    super()
  }

  override eq(other: Gone): boolean {
    return this.text === other.text
  }

  override toDOM(): HTMLElement {
    const gone = document.createElement('del')
    gone.className = 'ct-gone'
    gone.setAttribute('aria-hidden', 'true')
    gone.textContent = spelledOut(this.text)
    return gone
  }
}

/** `following`: whether the place of typing is kept in sight. */
export function createReplay(
  parent: HTMLElement,
  path: string,
  label: string,
  following: () => boolean,
): Replay {
  const language = new Compartment()
  const view = new EditorView({
    parent,
    state: EditorState.create({
      extensions: [
        styleNonce(),
        EditorState.phrases.of(texts.codemirror),
        lineNumbers(),
        deceptive,
        finding(),
        keymap.of(findKeymap),
        syntaxHighlighting(syntax),
        language.of([]),
        EditorState.readOnly.of(true),
        EditorView.editable.of(false),
        EditorView.contentAttributes.of({ 'aria-label': label, 'aria-readonly': 'true', tabindex: '0' }),
        field,
        presence,
        EditorView.theme({ '.cm-line': { paddingInlineStart: 'var(--s-4)' } }),
        theme,
      ],
    }),
  })
  let there = true
  void languageOf(path)
    .then((found) => found?.load())
    .then((support) => {
      if (support && there) view.dispatch({ effects: language.reconfigure(support) })
    })
    .catch(() => undefined) // without colours, then

  function play(strokes: readonly Stroke[], before: Transaction[] = []): void {
    const transactions = before
    let state = before.at(-1)?.state ?? view.state
    let place = -1
    let last: Stroke | undefined
    for (const one of strokes) {
      const changes = ChangeSet.fromJSON(one.changes)
      const gone: { at: number; text: string }[] = []
      const { doc } = state
      changes.iterChanges((fromA, toA, _fromB, toB) => {
        if (toA > fromA && gone.length < 20) gone.push({ at: toB, text: shown(doc, fromA, toA) })
        place = toB
      })
      last = one
      const effects = stroke.of({ color: one.color, weight: one.weight, gone })
      const transaction = state.update({ changes, effects })
      transactions.push(transaction)
      state = transaction.state
    }
    if (last && place >= 0) {
      const { name, color } = last
      const caret = setCarets.of([{ client: name, name, color, ranges: [[place, place]] }])
      const seen = following() ? [EditorView.scrollIntoView(place, { y: 'nearest', yMargin: 80 })] : []
      transactions.push(state.update({ effects: [caret, ...seen] }))
    }
    if (transactions.length) view.update(transactions)
  }

  return {
    show(text, recent) {
      const { length } = view.state.doc
      const changes = { from: 0, to: length, insert: text }
      play(recent, [view.state.update({ changes, effects: [forget.of(null), setCarets.of([])] })])
    },
    play: (strokes) => play(strokes),
    destroy() {
      there = false
      view.destroy()
    },
  }
}

function shown(doc: Text, from: number, to: number): string {
  const text = doc.sliceString(from, Math.min(to, from + LONGEST_GONE)).replaceAll('\n', '⏎')
  return to - from > LONGEST_GONE ? `${text}…` : text
}
