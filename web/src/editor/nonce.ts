/** Styles that CodeMirror puts into the page carry the page's nonce: its policy takes no others. */
import type { Extension } from '@codemirror/state'
import { EditorView } from '@codemirror/view'

export function styleNonce(): Extension {
  const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content
  return nonce ? EditorView.cspNonce.of(nonce) : []
}
