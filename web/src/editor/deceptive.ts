/**
 * What deceives the eye, shown as labelled chips: characters that turn the direction of the text around (the Trojan
 * Source attack, CVE-2021-42574), that are not seen, or that look like a blank and are none. The text stays as it is.
 */
import { bidiIsolates } from '@codemirror/language'
import { Prec, type Extension } from '@codemirror/state'
import { EditorView, highlightSpecialChars } from '@codemirror/view'
import { labelOf, numberOf, SUSPECT } from '@/model/suspects'
import { texts } from '@/texts'

function chip(code: number): HTMLElement {
  const element = document.createElement('span')
  const name = texts.characters.shown(texts.characters.names[code] ?? texts.characters.other, numberOf(code))
  element.className = 'ct-chip'
  element.textContent = labelOf(code)
  element.title = name
  element.setAttribute('role', 'img')
  element.setAttribute('aria-label', name)
  return element
}

export const deceptive: Extension = [
  highlightSpecialChars({ specialChars: SUSPECT, render: chip }),
  // What is written from right to left stays within its line, and within its string or comment.
  Prec.low(bidiIsolates()),
]

/** In prose each line has the direction of its first letters; code goes from left to right. */
export const prose: Extension = [
  EditorView.perLineTextDirection.of(true),
  EditorView.theme({ '.cm-line': { unicodeBidi: 'plaintext', textAlign: 'start' } }),
]
