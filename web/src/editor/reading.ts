/** A file as it was, in the editor's look and colours: read, searched, walked through by keys, and not changed. Beside it the blame, if wanted. */
import { defaultKeymap } from '@codemirror/commands'
import { syntaxHighlighting } from '@codemirror/language'
import { Compartment, EditorState, StateEffect, StateField } from '@codemirror/state'
import {
  drawSelection,
  EditorView,
  gutter,
  GutterMarker,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
} from '@codemirror/view'
import { texts } from '@/texts'
import { deceptive } from './deceptive'
import { languageOf } from './languages'
import { findKeymap } from './finding'
import { finding } from './findpanel'
import { styleNonce } from './nonce'
import { syntax } from './syntax'
import { card } from './card'
import { commenting } from './commentactions'
import { theme } from './theme'
import { threads } from './threads'

/** What stands beside a line. */
export interface BlameMark {
  /** The first of some lines of one revision: it alone has words. */
  first: boolean
  name: string
  when: string
  title: string
  /** The person's. */
  color: number
  /** A shade, from 0, the oldest. */
  age: number
}

export interface Reading {
  /** Puts the cursor there, in the middle of what is seen. */
  goTo(line: number): void
  setBlame(marks: readonly BlameMark[] | null): void
  /** The editor's view, for the card of comments. */
  view: EditorView
  focus(): void
  destroy(): void
}

class Mark extends GutterMarker {
  constructor(readonly mark: BlameMark) {
    super()
  }

  override eq(other: Mark): boolean {
    return this.mark === other.mark
  }

  override toDOM(): HTMLElement {
    const { first, name, when, title, color, age } = this.mark
    const element = document.createElement('div')
    element.className = 'ct-blame-mark'
    element.dataset.age = String(age)
    element.dataset.person = String(color)
    element.title = title
    if (first) {
      for (const [look, text] of [
        ['who', name],
        ['when', when],
      ] as const) {
        const part = element.appendChild(document.createElement('span'))
        part.className = look
        part.textContent = text
      }
    }
    return element
  }
}

const setMarks = StateEffect.define<readonly Mark[]>()
const marksField = StateField.define<readonly Mark[]>({
  create: () => [],
  update: (marks, { effects }) =>
    effects.reduce((found, effect) => (effect.is(setMarks) ? effect.value : found), marks),
})

const gap = EditorView.theme({ '.cm-line': { paddingInlineStart: 'var(--s-4)' } })

export function showReading(
  parent: HTMLElement,
  text: string,
  path: string,
  { label, onLine }: { label: string; onLine: (line: number, chosen: boolean) => void },
): Reading {
  const language = new Compartment()
  const beside = new Compartment()
  const choose = (view: EditorView, from: number): boolean => {
    view.dispatch({ selection: { anchor: from } })
    view.focus()
    onLine(view.state.doc.lineAt(from).number, true)
    return true
  }
  const handlers = {
    mousedown: (view: EditorView, { from }: { from: number }) => choose(view, from),
  }
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: text,
      extensions: [
        styleNonce(),
        EditorState.phrases.of(texts.codemirror),
        marksField,
        beside.of([]),
        lineNumbers({ domEventHandlers: handlers }),
        threads,
        commenting.of([]),
        card,
        drawSelection(),
        deceptive,
        highlightActiveLine(),
        highlightActiveLineGutter(),
        finding(),
        keymap.of([...findKeymap, ...defaultKeymap]),
        EditorState.readOnly.of(true),
        // A phone's keyboard has nothing to do here.
        EditorView.contentAttributes.of({
          'aria-label': label,
          'aria-readonly': 'true',
          inputmode: 'none',
          tabindex: '0',
        }),
        language.of([]),
        syntaxHighlighting(syntax),
        EditorView.updateListener.of((update) => {
          const line = (state: EditorState): number => state.doc.lineAt(state.selection.main.head).number
          if (update.selectionSet && line(update.state) !== line(update.startState))
            onLine(line(update.state), false)
        }),
        gap,
        theme,
      ],
    }),
  })
  let gone = false
  void languageOf(path)
    .then((found) => found?.load())
    .then((support) => {
      if (support && !gone) view.dispatch({ effects: language.reconfigure(support) })
    })
    .catch(() => undefined) // It is read without colours.

  return {
    view,
    goTo(number) {
      const line = view.state.doc.line(Math.max(1, Math.min(number, view.state.doc.lines)))
      view.dispatch({
        selection: { anchor: line.from },
        effects: EditorView.scrollIntoView(line.from, { y: 'center' }),
      })
    },
    setBlame(marks) {
      const column = gutter({
        class: 'ct-blame',
        lineMarker: (view, line) =>
          view.state.field(marksField)[view.state.doc.lineAt(line.from).number - 1] ?? null,
        lineMarkerChange: (update) => update.startState.field(marksField) !== update.state.field(marksField),
        domEventHandlers: handlers,
      })
      view.dispatch({
        effects: [
          setMarks.of((marks ?? []).map((mark) => new Mark(mark))),
          beside.reconfigure(marks ? column : []),
        ],
      })
    },
    focus: () => view.focus(),
    destroy() {
      gone = true
      view.destroy()
    },
  }
}
