/** The editor: CodeMirror with our look, bound to one live document. Knows no Vue. */
import { closeBrackets } from '@codemirror/autocomplete'
import {
  bracketMatching,
  codeFolding,
  foldGutter,
  indentOnInput,
  indentUnit,
  syntaxHighlighting,
} from '@codemirror/language'
import { highlightSelectionMatches } from '@codemirror/search'
import { Compartment, EditorState, type Extension } from '@codemirror/state'
import {
  crosshairCursor,
  dropCursor,
  EditorView,
  keymap,
  lineNumbers,
  rectangularSelection,
} from '@codemirror/view'
import type { Document } from '@/collab/document'
import { texts } from '@/texts'
import { actions, type Actions } from './actions'
import { Binding, catchUp } from './binding'
import { card } from './card'
import { carriageReturns, hasReturns } from './carriage'
import { commenting } from './commentactions'
import { completion } from './completion'
import { deceptive, prose } from './deceptive'
import { finding } from './findpanel'
import { Following } from './follow'
import { sharedHistory } from './history'
import { detectIndentation, indentationFrom, type Indentation } from './indentation'
import { editorKeys } from './keymap'
import { lane } from './lane'
import { languageOf, type ChosenLanguage } from './languages'
import { keysOf, likings, type Liking } from './likings'
import { styleNonce } from './nonce'
import { presence } from './presence'
import { syntax } from './syntax'
import { theme } from './theme'
import { threads } from './threads'

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
  /** Some lines end with `\r\n`. */
  returns: boolean
}

/** A stretch of a line, or of several; lines and columns from 1, columns in UTF-16 units. */
export interface Place {
  line: number
  /** The last line; the same one if it is not given. */
  end_line?: number
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
  /** Another language than the file's name says; undefined: what the name says. */
  setLanguage(name: ChosenLanguage): void
  setLiking(liking: Liking): void
  /** Selects a place and brings it into view; as much of it as is still there. */
  show(place: Place): void
  /** What is selected, if it lies within one line and is short. */
  selectedText(): string
  focus(): void
  /** Goes along with a client's scrolling and caret; null: no more. */
  follow(client: string | null): void
  /** Puts the caret where a client's is, as soon as that is known. */
  goTo(client: string): void
  /** It is looked at. */
  enter(): void
  /** Others need not see the caret here any more. */
  leave(): void
  destroy(): void
}

export interface EditorOptions {
  parent: HTMLElement
  document: Document
  path: string
  readOnly: boolean
  language: ChosenLanguage
  liking: Liking
  actions: Actions
  /** Called when what `facts` gives has become another. */
  changed(facts: EditorFacts): void
}

export function createEditor(options: EditorOptions): Editor {
  const { parent, document, path, readOnly, changed } = options
  const writing = new Compartment()
  const indenting = new Compartment()
  const language = new Compartment()
  const liking = new Compartment()
  const keys = new Compartment()
  const detected = detectIndentation(document.text)
  let indentation = detected ?? indentationFrom(options.liking.indent)
  let indentationChosen = detected !== null
  let languageName: string | null = null
  let currentPath = ''
  let chosen = options.language
  let liked = options.liking
  let gone = false
  let told: EditorFacts | null = null
  const binding = new Binding(document)
  const following = new Following(document)

  const view = new EditorView({
    parent,
    state: EditorState.create({
      // The document's own text: a string would be cut at every \r, which is a character here.
      doc: document.text,
      extensions: [
        keys.of([]),
        liking.of(likings(liked)),
        base(),
        actions.of(options.actions),
        sharedHistory(document),
        writing.of(mayWrite(!readOnly)),
        indenting.of(indent(indentation)),
        language.of([]),
        EditorView.contentAttributes.of(() => ({
          'aria-label': texts.workspace.editorOf(currentPath),
          'aria-description': texts.workspace.leaveHint,
          tabindex: '0',
        })),
        binding.sending,
        following.extension,
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
      returns: hasReturns(view.state.doc),
    }
  }

  function tell(): void {
    const now = facts()
    const same = (key: keyof EditorFacts): boolean => now[key] === told?.[key]
    if (told && (Object.keys(now) as (keyof EditorFacts)[]).every(same)) return
    told = now
    changed(now)
  }

  function setPath(value: string): void {
    if (value === currentPath) return
    currentPath = value
    void loadLanguage()
  }

  async function loadLanguage(): Promise<void> {
    const [value, wanted] = [currentPath, chosen]
    const stale = (): boolean => gone || currentPath !== value || chosen !== wanted
    const found = await languageOf(value, wanted)
    if (stale()) return
    languageName = found?.name ?? null
    tell()
    const support = found ? await found.load() : []
    const isProse = !found || found.name === 'Markdown'
    if (!stale()) view.dispatch({ effects: language.reconfigure([support, isProse ? prose : []]) })
  }

  async function loadKeys(): Promise<void> {
    const wanted = liked.keys
    const extension = await keysOf(wanted)
    if (!gone && liked.keys === wanted) view.dispatch({ effects: keys.reconfigure(extension) })
  }

  function setIndentation(value: Indentation): void {
    indentation = value
    view.dispatch({ effects: indenting.reconfigure(indent(value)) })
  }

  setPath(path)
  if (liked.keys !== 'normal') void loadKeys()
  tell()

  return {
    view,
    facts,
    setReadOnly: (value) => view.dispatch({ effects: writing.reconfigure(mayWrite(!value)) }),
    setIndentation(value) {
      indentationChosen = true
      setIndentation(value)
    },
    setPath,
    setLanguage(name) {
      if (name === chosen) return
      chosen = name
      void loadLanguage()
    },
    setLiking(value) {
      const before = liked
      liked = value
      view.dispatch({ effects: liking.reconfigure(likings(value)) })
      if (value.keys !== before.keys) void loadKeys()
      if (value.indent !== before.indent && !indentationChosen) setIndentation(indentationFrom(value.indent))
    },
    show({ line, end_line, start_column, end_column }) {
      catchUp(view)
      const { doc } = view.state
      const at = (number: number, column: number): number => {
        const { from, to } = doc.line(Math.min(Math.max(number, 1), doc.lines))
        return Math.min(from + column - 1, to)
      }
      const anchor = at(line, start_column)
      const head = at(Math.max(line, end_line ?? line), end_column)
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
    follow: (client) => following.follow(view, client),
    goTo: (client) => following.goTo(view, client),
    enter: () => following.enter(view),
    leave() {
      binding.leave()
      following.leave(view)
    },
    destroy() {
      gone = true
      unfollow()
      view.destroy()
    },
  }
}

function base(): Extension {
  return [
    styleNonce(),
    // Lines end at \n alone, and pasted text is made to.
    EditorState.lineSeparator.of('\n'),
    EditorView.clipboardInputFilter.of((text) => text.replace(/\r\n?/g, '\n')),
    EditorState.phrases.of(texts.codemirror),
    EditorState.allowMultipleSelections.of(true),
    commenting.of([]),
    threads,
    card,
    lineNumbers(),
    codeFolding(),
    foldGutter({ markerDOM: foldMarker }),
    dropCursor(),
    rectangularSelection(),
    crosshairCursor(),
    deceptive,
    carriageReturns,
    highlightSelectionMatches({ minSelectionLength: 2 }),
    indentOnInput(),
    bracketMatching(),
    closeBrackets(),
    finding({ top: true }),
    syntaxHighlighting(syntax),
    presence,
    lane,
    theme,
    completion,
    keymap.of(editorKeys),
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
