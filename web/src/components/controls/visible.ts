/** A text in which nothing hides: what has no width or turns the direction is shown as a chip with its name (CH8, ED8). */
import { h, type FunctionalComponent, type VNode, type VNodeChild } from 'vue'
import { labelOf, numberOf } from '@/model/suspects'
import { visible } from '@/model/visible'
import { texts } from '@/texts'

function chip(code: number): VNode {
  const name = texts.characters.shown(texts.characters.names[code] ?? texts.characters.other, numberOf(code))
  return h('span', { class: 'ct-chip', role: 'img', 'aria-label': name, title: name }, labelOf(code))
}

/** The text's stretches and chips, for a render function. In prose wide blanks are let be. */
export function visibleText(text: string, prose = false): VNodeChild[] {
  return visible(text, prose).map(({ text: part, code }) => (code === undefined ? part : chip(code)))
}

/** The same for a template: `<VisibleText :text="file.path" />`. */
export const VisibleText: FunctionalComponent<{ text: string; prose?: boolean }> = ({ text, prose }) =>
  visibleText(text, prose)
VisibleText.props = { text: { type: String, required: true }, prose: Boolean }
