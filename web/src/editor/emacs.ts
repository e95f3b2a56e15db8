/**
 * Emacs' keys. The mark is the anchor of the selection, which moves with the text when others change it. Loaded when
 * first wanted.
 */
import {
  cursorCharBackward,
  cursorCharForward,
  cursorDocEnd,
  cursorDocStart,
  cursorGroupBackward,
  cursorGroupForward,
  cursorLineDown,
  cursorLineEnd,
  cursorLineStart,
  cursorLineUp,
  cursorPageDown,
  cursorPageUp,
  deleteCharForward,
  redo,
  selectAll,
  selectCharBackward,
  selectCharForward,
  selectDocEnd,
  selectDocStart,
  selectGroupBackward,
  selectGroupForward,
  selectLineDown,
  selectLineEnd,
  selectLineStart,
  selectLineUp,
  selectPageDown,
  selectPageUp,
  splitLine,
  toggleComment,
  transposeChars,
  undo,
} from '@codemirror/commands'
import { closeSearchPanel, gotoLine, openSearchPanel } from '@codemirror/search'
import {
  Annotation,
  EditorSelection,
  StateEffect,
  StateField,
  Transaction,
  type EditorState,
  type Extension,
  type SelectionRange,
} from '@codemirror/state'
import { EditorView, keymap, type Command, type KeyBinding } from '@codemirror/view'
import { actionsOf } from './actions'

interface Emacs {
  /** The mark is set: moving selects. */
  marking: boolean
  /** What the last command was, for those that go on where it left off. */
  last: 'kill' | 'yank' | null
}

const setMark = StateEffect.define<boolean>()
const did = Annotation.define<Emacs['last']>()

const emacs = StateField.define<Emacs>({
  create: () => ({ marking: false, last: null }),
  update(value, transaction) {
    // Others type on; that ends nothing here.
    if (transaction.annotation(Transaction.remote)) return value
    let { marking } = value
    if (transaction.docChanged || transaction.isUserEvent('select.pointer')) marking = false
    for (const effect of transaction.effects) if (effect.is(setMark)) marking = effect.value
    const last =
      transaction.annotation(did) ?? (transaction.docChanged || transaction.selection ? null : value.last)
    return marking === value.marking && last === value.last ? value : { marking, last }
  },
})

/** What was killed, the newest last; shared by all texts of the page. */
const ring: string[] = []
const MOST = 60

const collapsed = ({ selection }: EditorState): EditorSelection =>
  EditorSelection.create(
    selection.ranges.map(({ head }) => EditorSelection.cursor(head)),
    selection.mainIndex,
  )

const move =
  (go: Command, select: Command): Command =>
  (view) =>
    (view.state.field(emacs).marking ? select : go)(view)

function kill(
  view: EditorView,
  rangeOf: (range: SelectionRange) => { from: number; to: number },
  before = false,
): boolean {
  const { state } = view
  if (state.readOnly) return true
  const ranges = state.selection.ranges.map(rangeOf)
  const text = ranges.map(({ from, to }) => state.sliceDoc(from, to)).join('\n')
  if (!text) return true
  if (state.field(emacs).last === 'kill' && ring.length)
    ring.push(before ? text + ring.pop()! : ring.pop()! + text)
  else keep(text)
  view.dispatch({
    changes: ranges,
    annotations: did.of('kill'),
    userEvent: 'delete.kill',
    scrollIntoView: true,
  })
  return true
}

function keep(text: string): void {
  ring.push(text)
  if (ring.length > MOST) ring.shift()
}

/** To the end of the line; the line break alone if nothing else is left of it. */
const killLine: Command = (view) =>
  kill(view, ({ head }) => {
    const { to } = view.state.doc.lineAt(head)
    const blank = /^\s*$/.test(view.state.sliceDoc(head, to))
    return { from: head, to: blank ? Math.min(to + 1, view.state.doc.length) : to }
  })

const killWord =
  (select: Command, before: boolean): Command =>
  (view) => {
    view.dispatch({ selection: collapsed(view.state), annotations: did.of(view.state.field(emacs).last) })
    const { last } = view.state.field(emacs)
    select(view)
    // Selecting was ours: a kill after a kill adds to it.
    view.dispatch({ annotations: did.of(last) })
    return kill(view, ({ from, to }) => ({ from, to }), before)
  }

function copy(view: EditorView): string {
  const { state } = view
  const text = state.selection.ranges.map(({ from, to }) => state.sliceDoc(from, to)).join('\n')
  if (text) keep(text)
  // Where the page may, what was killed can be pasted elsewhere too.
  if (text) void navigator.clipboard?.writeText(text).catch(() => undefined)
  return text
}

const killRegion: Command = (view) => {
  if (view.state.readOnly || !copy(view)) return true
  view.dispatch(view.state.replaceSelection(''), { annotations: did.of('kill'), userEvent: 'delete.kill' })
  return true
}

const copyRegion: Command = (view) => {
  copy(view)
  return quit(view)
}

const yank: Command = (view) => {
  const text = ring.at(-1)
  if (text === undefined || view.state.readOnly) return true
  view.dispatch(view.state.replaceSelection(text), {
    annotations: did.of('yank'),
    userEvent: 'input.paste',
    scrollIntoView: true,
  })
  return true
}

/** What was just yanked becomes what was killed before it. */
const yankOlder: Command = (view) => {
  if (view.state.field(emacs).last !== 'yank' || ring.length < 2) return true
  const now = ring.pop()!
  ring.unshift(now)
  const { main } = view.state.selection
  const from = main.head - now.length
  const text = ring.at(-1)!
  if (view.state.sliceDoc(from, main.head) !== now) return true
  view.dispatch({
    changes: { from, to: main.head, insert: text },
    selection: { anchor: from + text.length },
    annotations: did.of('yank'),
    userEvent: 'input.paste',
  })
  return true
}

const mark: Command = (view) => {
  view.dispatch({ selection: collapsed(view.state), effects: setMark.of(true) })
  return true
}

const quit: Command = (view) => {
  closeSearchPanel(view)
  view.dispatch({ selection: collapsed(view.state), effects: setMark.of(false) })
  return true
}

const exchange: Command = (view) => {
  const { ranges, mainIndex } = view.state.selection
  view.dispatch({
    selection: EditorSelection.create(
      ranges.map(({ anchor, head }) => EditorSelection.range(head, anchor)),
      mainIndex,
    ),
    effects: setMark.of(true),
    scrollIntoView: true,
  })
  return true
}

const changeCase =
  (change: (word: string) => string): Command =>
  (view) => {
    if (view.state.readOnly) return true
    if (view.state.selection.main.empty) selectGroupForward(view)
    const { state } = view
    view.dispatch(
      state.changeByRange(({ from, to }) => {
        const insert = change(state.sliceDoc(from, to))
        return { changes: { from, to, insert }, range: EditorSelection.cursor(from + insert.length) }
      }),
      { userEvent: 'input' },
    )
    return true
  }

const capital = (word: string): string =>
  word.toLowerCase().replace(/\p{L}/u, (letter) => letter.toUpperCase())

const center: Command = (view) => {
  view.dispatch({ effects: EditorView.scrollIntoView(view.state.selection.main.head, { y: 'center' }) })
  return true
}

const ask =
  (what: 'save' | 'close'): Command =>
  (view) => {
    actionsOf(view.state)[what]()
    return true
  }

/** Each key is taken, also where its command has nothing to do: what it means elsewhere would surprise. */
const key = (keys: string, run: Command): KeyBinding[] =>
  keys.split('|').map((name) => ({ key: name, run: (view) => run(view) || true, preventDefault: true }))

const bindings: KeyBinding[] = [
  ...key('Ctrl-f|ArrowRight', move(cursorCharForward, selectCharForward)),
  ...key('Ctrl-b|ArrowLeft', move(cursorCharBackward, selectCharBackward)),
  ...key('Ctrl-n|ArrowDown', move(cursorLineDown, selectLineDown)),
  ...key('Ctrl-p|ArrowUp', move(cursorLineUp, selectLineUp)),
  ...key('Ctrl-a|Home', move(cursorLineStart, selectLineStart)),
  ...key('Ctrl-e|End', move(cursorLineEnd, selectLineEnd)),
  ...key('Alt-f|Ctrl-ArrowRight', move(cursorGroupForward, selectGroupForward)),
  ...key('Alt-b|Ctrl-ArrowLeft', move(cursorGroupBackward, selectGroupBackward)),
  ...key('Ctrl-v|PageDown', move(cursorPageDown, selectPageDown)),
  ...key('Alt-v|PageUp', move(cursorPageUp, selectPageUp)),
  ...key('Alt-<|Ctrl-Home', move(cursorDocStart, selectDocStart)),
  ...key('Alt->|Ctrl-End', move(cursorDocEnd, selectDocEnd)),
  ...key('Alt-g g|Alt-g Alt-g', gotoLine),
  ...key('Ctrl-l', center),
  ...key('Ctrl-Space|Ctrl-@', mark),
  ...key('Ctrl-g', quit),
  ...key('Ctrl-x Ctrl-x', exchange),
  ...key('Ctrl-x h', selectAll),
  ...key('Ctrl-d', deleteCharForward),
  ...key('Ctrl-k', killLine),
  ...key('Alt-d|Ctrl-Delete', killWord(selectGroupForward, false)),
  ...key('Alt-Backspace|Ctrl-Backspace', killWord(selectGroupBackward, true)),
  ...key('Ctrl-w|Shift-Delete', killRegion),
  ...key('Alt-w', copyRegion),
  ...key('Ctrl-y', yank),
  ...key('Alt-y', yankOlder),
  ...key('Ctrl-o', splitLine),
  ...key('Ctrl-t', transposeChars),
  ...key('Alt-;', toggleComment),
  ...key(
    'Alt-u',
    changeCase((word) => word.toUpperCase()),
  ),
  ...key(
    'Alt-l',
    changeCase((word) => word.toLowerCase()),
  ),
  ...key('Alt-c', changeCase(capital)),
  ...key('Ctrl-/|Ctrl-_|Ctrl-x u', undo),
  ...key('Ctrl-?|Alt-_', redo),
  ...key('Ctrl-s|Ctrl-r|Alt-%', openSearchPanel),
  ...key('Ctrl-x Ctrl-s', ask('save')),
  ...key('Ctrl-x k', ask('close')),
]

export const emacsKeys: Extension = [emacs, keymap.of(bindings)]
