/** Vim's keys, for a text that others change too. Loaded when first wanted. */
import { Transaction, type Extension } from '@codemirror/state'
import { ViewPlugin, type EditorView, type ViewUpdate } from '@codemirror/view'
import { CodeMirror, getCM, Vim, vim } from '@replit/codemirror-vim'
import { texts } from '@/texts'
import { actionsOf } from './actions'
import { explodes } from './vimpatterns'

const act = (name: 'save' | 'close') => (cm: { cm6: EditorView }) => actionsOf(cm.cm6.state)[name]()
const save = act('save')
const close = act('close')
const both = (cm: { cm6: EditorView }): void => {
  save(cm)
  close(cm)
}
Vim.defineEx('write', 'w', save)
Vim.defineEx('quit', 'q', close)
Vim.defineEx('wq', 'wq', both)
Vim.defineEx('xit', 'x', both)

/** What is asked in Vim's line: a search, or a command with a pattern in it. */
interface Prompt {
  onKeyUp?: (event: KeyboardEvent, value: string, close: (value?: string) => void) => boolean | void
}

const openDialog = CodeMirror.prototype.openDialog
CodeMirror.prototype.openDialog = function (template, answered, options: Prompt = {}) {
  const { onKeyUp } = options
  return openDialog.call(
    this,
    template,
    (value: string) => {
      if (!explodes(value)) return answered?.(value)
      const said = document.createElement('span')
      said.textContent = texts.finding.notInVim
      this.openNotification(said, { bottom: true, duration: 8_000 })
    },
    {
      ...options,
      // It searches already while it is typed.
      ...(onKeyUp && {
        onKeyUp: (event: KeyboardEvent, value: string, close: (value?: string) => void) =>
          explodes(value) ? false : onKeyUp(event, value, close),
      }),
    },
  )
}

/** A place in the text as Vim counts: line and column from 0. */
interface Position {
  line: number
  ch: number
}

/**
 * What others type is no command of mine: it is not repeated by `.`, moves the two ends of a visual selection, which Vim
 * keeps for itself, and leaves the caret of normal mode on a character.
 */
class Company {
  private readonly cm: CodeMirror

  constructor(private readonly view: EditorView) {
    this.cm = getCM(view)!
    const { cm } = this
    const heard = cm.onChange.bind(cm)
    cm.onChange = (update: ViewUpdate) => {
      heard(update)
      if (!update.transactions.every((transaction) => transaction.annotation(Transaction.remote))) return
      // What it would tell of when it ends: a change that is taken for my typing.
      cm.curOp = null
      this.follow(update)
    }
  }

  private follow({ startState, state, changes }: ViewUpdate): void {
    const vimState = this.cm.state.vim
    if (!vimState || vimState.insertMode) return
    if (vimState.visualMode) {
      const map = ({ line, ch }: Position, side: number): Position => {
        const { from, to } = startState.doc.line(Math.min(line + 1, startState.doc.lines))
        const offset = changes.mapPos(Math.min(from + ch, to), side)
        const now = state.doc.lineAt(offset)
        return Object.assign(this.cm.getCursor(), { line: now.number - 1, ch: offset - now.from })
      }
      const { anchor, head } = vimState.sel
      // Both ends are on characters that are selected: what is typed before one pushes it on.
      vimState.sel = { anchor: map(anchor, 1), head: map(head, 1) } as typeof vimState.sel
      return
    }
    const { head, empty } = state.selection.main
    const line = state.doc.lineAt(head)
    if (!empty || head !== line.to || line.length === 0) return
    queueMicrotask(() => {
      if (this.view.state === state) this.view.dispatch({ selection: { anchor: head - 1 } })
    })
  }
}

export const vimKeys = (): Extension => [vim({ status: true }), ViewPlugin.fromClass(Company)]
