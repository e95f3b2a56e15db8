/** A text to read, in the look of the editor and nothing else of it. Only the lines in sight are in the page. */
import { EditorState } from '@codemirror/state'
import { drawSelection, EditorView, keymap, lineNumbers } from '@codemirror/view'
import { texts } from '@/texts'
import { deceptive } from './deceptive'
import { findKeymap } from './finding'
import { finding } from './findpanel'
import { styleNonce } from './nonce'
import { theme } from './theme'

/** Here no gutter for folding stands between. */
const gap = EditorView.theme({ '.cm-line': { paddingInlineStart: 'var(--s-4)' } })

export function showPlain(parent: HTMLElement, text: string, label: string): EditorView {
  return new EditorView({
    parent,
    state: EditorState.create({
      doc: text,
      extensions: [
        styleNonce(),
        EditorState.phrases.of(texts.codemirror),
        lineNumbers(),
        drawSelection(),
        deceptive,
        finding(),
        keymap.of(findKeymap),
        EditorState.readOnly.of(true),
        EditorView.editable.of(false),
        EditorView.contentAttributes.of({ 'aria-label': label, 'aria-readonly': 'true', tabindex: '0' }),
        gap,
        theme,
      ],
    }),
  })
}
