/**
 * What deceives the eye, shown as labelled chips: characters that turn the direction of the text around (the Trojan
 * Source attack, CVE-2021-42574), that are not seen, or that look like a blank and are none. The text stays as it is.
 */
import { bidiIsolates } from '@codemirror/language'
import { Prec, type Extension } from '@codemirror/state'
import { Decoration, EditorView, WidgetType } from '@codemirror/view'
import { labelOf, numberOf, SUSPECT } from '@/model/suspects'
import { texts } from '@/texts'
import { matches } from './matches'

class Chip extends WidgetType {
  constructor(private readonly code: number) {
    super()
  }

  override eq(other: Chip): boolean {
    return other.code === this.code
  }

  override ignoreEvent(): boolean {
    return false
  }

  toDOM(): HTMLElement {
    const { names, other, shown } = texts.characters
    const name = shown(names[this.code] ?? other, numberOf(this.code))
    const element = document.createElement('span')
    element.className = 'ct-chip'
    element.textContent = labelOf(this.code)
    element.title = name
    element.setAttribute('role', 'img')
    element.setAttribute('aria-label', name)
    return element
  }
}

export const deceptive: Extension = [
  matches({
    regexp: SUSPECT,
    decoration: ([character]) => Decoration.replace({ widget: new Chip(character.codePointAt(0)!) }),
  }),
  // What is written from right to left stays within its line, and within its string or comment.
  Prec.low(bidiIsolates()),
]

/** In prose each line has the direction of its first letters; code goes from left to right. */
export const prose: Extension = [
  EditorView.perLineTextDirection.of(true),
  EditorView.theme({ '.cm-line': { unicodeBidi: 'plaintext', textAlign: 'start' } }),
]
