/** The keys of the editor: first come, first served. */
import { closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete'
import { defaultKeymap, historyKeymap, indentWithTab } from '@codemirror/commands'
import { foldKeymap } from '@codemirror/language'
import { gotoLine } from '@codemirror/search'
import type { KeyBinding } from '@codemirror/view'
import { acceptFirst } from './completion'
import { findKeymap } from './finding'
import { openReplace } from './replace'

export const editorKeys: readonly KeyBinding[] = [
  // Tab takes the proposal; Enter too, but only one that was chosen with the arrows: else it is a line break, as always.
  { key: 'Tab', run: acceptFirst },
  ...completionKeymap,
  { key: 'Mod-h', mac: 'Cmd-Alt-f', run: openReplace, scope: 'editor search-panel', preventDefault: true },
  ...closeBracketsKeymap,
  ...defaultKeymap,
  // To a line one goes by the palette.
  ...findKeymap.filter(({ run }) => run !== gotoLine),
  ...historyKeymap,
  ...foldKeymap,
  indentWithTab,
]
