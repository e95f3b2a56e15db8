/** What the editor itself can do, by name: its keys are those of the keymaps that are in force. */
import {
  addCursorAbove,
  addCursorBelow,
  copyLineDown,
  copyLineUp,
  cursorMatchingBracket,
  deleteLine,
  indentLess,
  indentMore,
  indentSelection,
  insertBlankLine,
  moveLineDown,
  moveLineUp,
  redo,
  redoSelection,
  selectAll,
  selectLine,
  selectParentSyntax,
  simplifySelection,
  toggleBlockComment,
  toggleComment,
  toggleTabFocusMode,
  undo,
  undoSelection,
} from '@codemirror/commands'
import { startCompletion } from '@codemirror/autocomplete'
import { foldAll, foldCode, unfoldAll, unfoldCode } from '@codemirror/language'
import { openSearchPanel, selectNextOccurrence, selectSelectionMatches } from '@codemirror/search'
import type { Command, EditorView, KeyBinding } from '@codemirror/view'
import { fromKeymap } from '@/model/keys'
import { texts } from '@/texts'
import { findNext, findPrevious } from './finding'
import { editorKeys } from './keymap'
import { openReplace } from './replace'

export interface EditorCommand {
  id: keyof typeof texts.commands.editor
  title: string
  keys: string | undefined
  /** It changes the text. */
  writes: boolean
  run(view: EditorView): boolean
}

const READS = {
  find: openSearchPanel,
  findNext,
  findPrevious,
  selectNextOccurrence,
  selectSelectionMatches,
  addCursorAbove,
  addCursorBelow,
  simplifySelection,
  selectLine,
  selectAll,
  selectParentSyntax,
  undoSelection,
  redoSelection,
  cursorMatchingBracket,
  foldCode,
  unfoldCode,
  foldAll,
  unfoldAll,
  toggleTabFocusMode,
} satisfies Record<string, Command>

const WRITES = {
  undo,
  redo,
  replace: openReplace,
  toggleComment,
  toggleBlockComment,
  moveLineUp,
  moveLineDown,
  copyLineUp,
  copyLineDown,
  deleteLine,
  insertBlankLine,
  indentMore,
  indentLess,
  indentSelection,
  startCompletion,
} satisfies Record<string, Command>

export function editorCommands(mac: boolean): EditorCommand[] {
  const made = (commands: Record<string, Command>, writes: boolean): EditorCommand[] =>
    Object.entries(commands).map(([name, run]) => {
      const id = name as EditorCommand['id']
      return { id, title: texts.commands.editor[id], keys: keysOf(run, mac), writes, run }
    })
  return [...made(WRITES, true), ...made(READS, false)]
}

function keysOf(command: Command, mac: boolean): string | undefined {
  for (const binding of editorKeys) {
    const key = keyOn(binding, mac)
    if (key === undefined) continue
    if (binding.run === command) return fromKeymap(key)
    if (binding.shift === command) return fromKeymap(`Shift-${key}`)
  }
  return undefined
}

/** All keys that the editor takes for itself. */
export function takenKeys(mac: boolean): Set<string> {
  const keys = new Set<string>()
  for (const binding of editorKeys) {
    const key = keyOn(binding, mac)
    if (key === undefined) continue
    keys.add(fromKeymap(key))
    if (binding.shift) keys.add(fromKeymap(`Shift-${key}`))
  }
  return keys
}

function keyOn(binding: KeyBinding, mac: boolean): string | undefined {
  return (mac ? binding.mac : (binding.linux ?? binding.win)) ?? binding.key
}
