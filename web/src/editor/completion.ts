/** Proposals: how they look, and how one is taken. When they come up is a preference. */
import {
  acceptCompletion,
  completionStatus,
  moveCompletionSelection,
  selectedCompletionIndex,
} from '@codemirror/autocomplete'
import type { Extension } from '@codemirror/state'
import { EditorView, type Command } from '@codemirror/view'

export const completion: Extension = EditorView.theme({
  '.cm-tooltip.cm-tooltip-autocomplete': {
    overflow: 'hidden',
    border: '1px solid var(--line)',
    borderRadius: 'var(--r-2)',
    backgroundColor: 'var(--raised)',
    boxShadow: 'var(--lift-2)',
    color: 'var(--text)',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': {
    maxHeight: '14rem',
    minWidth: '12rem',
    padding: 'var(--s-1)',
    fontFamily: 'var(--mono)',
    fontSize: 'var(--t-13)',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': {
    padding: '0 var(--s-2)',
    borderRadius: 'var(--r-1)',
    lineHeight: 'var(--h-row)',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]': {
    backgroundColor: 'var(--accent-soft)',
    color: 'var(--text)',
  },
  '.cm-completionMatchedText': {
    color: 'var(--accent-text)',
    fontWeight: 'var(--w-strong)',
    textDecoration: 'none',
  },
  '.cm-completionDetail': { color: 'var(--text-2)', fontStyle: 'normal' },
})

/** Takes the proposal that is chosen, or the first. */
export const acceptFirst: Command = (view) => {
  if (completionStatus(view.state) !== 'active') return false
  if (selectedCompletionIndex(view.state) === null || selectedCompletionIndex(view.state)! < 0) {
    moveCompletionSelection(true)(view)
  }
  return acceptCompletion(view)
}
