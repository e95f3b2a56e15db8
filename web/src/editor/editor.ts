/** The editor: CodeMirror with our look, bound to one live document. Knows no Vue. */
import { closeBrackets, closeBracketsKeymap } from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands'
import {
  bracketMatching,
  codeFolding,
  foldGutter,
  foldKeymap,
  indentOnInput,
  indentUnit,
  syntaxHighlighting,
} from '@codemirror/language'
import { gotoLine, highlightSelectionMatches, search, searchKeymap } from '@codemirror/search'
import { Compartment, EditorState, type Extension } from '@codemirror/state'
import {
  crosshairCursor,
  drawSelection,
  dropCursor,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
  rectangularSelection,
} from '@codemirror/view'
import type { Document } from '@/collab/document'
import { texts } from '@/texts'
import { Binding } from './binding'
import { carriageReturns } from './carriage'
import { detectIndentation, type Indentation } from './indentation'
import { lane } from './lane'
import { languageOf } from './languages'
import { presence } from './presence'
import { syntax } from './syntax'
import { theme } from './theme'

/** What the status bar says about an editor. */
export interface EditorFacts {
  /** From 1. */
  line: number
  column: number
  /** UTF-16 units that are selected. */
  selected: number
  carets: number
  indentation: Indentation
  /** Null: plain text. */
  language: string | null
}

/** A stretch of a line; line and columns from 1, columns in UTF-16 units. */
export interface Place {
  line: number
  start_column: number
  end_column: number
}

export interface Editor {
  readonly view: EditorView
  facts(): EditorFacts
  setReadOnly(value: boolean): void
  setIndentation(value: Indentation): void
  /** Chooses the language anew: the file has another name now. */
  setPath(path: string): void
  goToLine(): void
  /** Selects a place and brings it into view; as much of it as is still there. */
  show(place: Place): void
  /** What is selected, if it lies within one line and is short. */
  selectedText(): string
  focus(): void
  /** Others need not see the caret here any more. */
  leave(): void
  destroy(): void
}

export interface EditorOptions {
  parent: HTMLElement
  document: Document
  path: string
  readOnly: boolean
  /** Called after every change of what `facts` gives. */
  changed(facts: EditorFacts): void
}

export function createEditor({ parent, document, path, readOnly, changed }: EditorOptions): Editor {
  const writing = new Compartment()
  const indenting = new Compartment()
  const language = new Compartment()
  let indentation = detectIndentation(document.text)
  let languageName: string | null = null
  let currentPath = ''
  let gone = false
  const binding = new Binding(document)

  const view = new EditorView({
    parent,
    state: EditorState.create({
      // The document's own text: a string would be cut at every \r, which is a character here.
      doc: document.text,
      extensions: [
        base(),
        writing.of(mayWrite(!readOnly)),
        indenting.of(indent(indentation)),
        language.of([]),
        EditorView.contentAttributes.of(() => ({
          'aria-label': texts.workspace.editorOf(currentPath),
          tabindex: '0',
        })),
        binding.sending,
        EditorView.updateListener.of((update) => {
          if (update.selectionSet || update.docChanged || update.transactions.some((tr) => tr.reconfigured))
            tell()
        }),
      ],
    }),
  })
  const unfollow = binding.follow(view)

  function facts(): EditorFacts {
    const { main, ranges } = view.state.selection
    const line = view.state.doc.lineAt(main.head)
    return {
      line: line.number,
      column: main.head - line.from + 1,
      selected: ranges.reduce((sum, range) => sum + range.to - range.from, 0),
      carets: ranges.length,
      indentation,
      language: languageName,
    }
  }

  function tell(): void {
    changed(facts())
  }

  function setPath(value: string): void {
    if (value === currentPath) return
    currentPath = value
    void loadLanguage(value)
  }

  async function loadLanguage(value: string): Promise<void> {
    const stale = (): boolean => gone || currentPath !== value
    const found = await languageOf(value)
    if (stale()) return
    languageName = found?.name ?? null
    tell()
    const support = found ? await found.load() : []
    if (!stale()) view.dispatch({ effects: language.reconfigure(support) })
  }

  setPath(path)
  tell()

  return {
    view,
    facts,
    setReadOnly: (value) => view.dispatch({ effects: writing.reconfigure(mayWrite(!value)) }),
    setIndentation(value) {
      indentation = value
      view.dispatch({ effects: indenting.reconfigure(indent(value)) })
    },
    setPath,
    goToLine: () => void gotoLine(view),
    show({ line, start_column, end_column }) {
      const { from, to } = view.state.doc.line(Math.min(Math.max(line, 1), view.state.doc.lines))
      const anchor = Math.min(from + start_column - 1, to)
      const head = Math.min(from + end_column - 1, to)
      view.dispatch({
        selection: { anchor, head },
        effects: EditorView.scrollIntoView(head, { y: 'center' }),
      })
    },
    selectedText() {
      const { from, to } = view.state.selection.main
      const text = to - from > 200 ? '' : view.state.sliceDoc(from, to)
      return text.includes('\n') ? '' : text
    },
    focus: () => view.focus(),
    leave: () => document.select([]),
    destroy() {
      gone = true
      unfollow()
      view.destroy()
    },
  }
}

function base(): Extension {
  const nonce = globalThis.document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content
  return [
    nonce ? EditorView.cspNonce.of(nonce) : [],
    // Lines end at \n alone, and pasted text is made to.
    EditorState.lineSeparator.of('\n'),
    EditorView.clipboardInputFilter.of((text) => text.replace(/\r\n?/g, '\n')),
    EditorState.phrases.of(texts.codemirror),
    EditorState.allowMultipleSelections.of(true),
    lineNumbers(),
    codeFolding(),
    foldGutter({ markerDOM: foldMarker }),
    history(),
    drawSelection({
      cursorBlinkRate: window.matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : 1200,
    }),
    dropCursor(),
    rectangularSelection(),
    crosshairCursor(),
    highlightSpecialChars(),
    carriageReturns,
    highlightActiveLine(),
    highlightActiveLineGutter(),
    highlightSelectionMatches({ minSelectionLength: 2 }),
    indentOnInput(),
    bracketMatching(),
    closeBrackets(),
    search({ top: true }),
    syntaxHighlighting(syntax),
    presence,
    lane,
    theme,
    keymap.of([
      ...closeBracketsKeymap,
      ...defaultKeymap,
      ...searchKeymap,
      ...historyKeymap,
      ...foldKeymap,
      indentWithTab,
    ]),
  ]
}

function mayWrite(value: boolean): Extension {
  return value
    ? []
    : [
        EditorState.readOnly.of(true),
        // No keyboard of the phone comes up, and the text can still be reached, searched and copied.
        EditorView.editable.of(false),
        EditorView.contentAttributes.of({ 'aria-readonly': 'true' }),
      ]
}

function indent({ tabs, width }: Indentation): Extension {
  return [EditorState.tabSize.of(width), indentUnit.of(tabs ? '\t' : ' '.repeat(width))]
}

const SVG = 'http://www.w3.org/2000/svg'

function foldMarker(open: boolean): HTMLElement {
  const marker = globalThis.document.createElement('span')
  marker.className = open ? 'ct-fold open' : 'ct-fold'
  marker.title = open ? texts.codemirror['Fold line'] : texts.codemirror['Unfold line']
  const svg = marker.appendChild(globalThis.document.createElementNS(SVG, 'svg'))
  svg.setAttribute('viewBox', '0 0 12 12')
  svg.setAttribute('aria-hidden', 'true')
  svg
    .appendChild(globalThis.document.createElementNS(SVG, 'path'))
    .setAttribute('d', open ? 'm3 4.5 3 3 3-3' : 'm4.5 3 3 3-3 3')
  return marker
}
