/** Characters that nobody sees, or that turn the direction of what follows them, made visible: a text shall be what it looks like (CH8). */
import { labelOf, SUSPECT } from './suspects'

export interface Stretch {
  text: string
  /** The number of a character that is shown by a mark. */
  code?: number
}

/** Blanks that are as wide as they look: in French and Japanese prose they belong, in code and names they deceive. */
const BLANK = /[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/
const PLAIN = /^[\t\n\x20-\x7e]*$/

/** The text in stretches, in order: those with a `code` are one character each. In prose wide blanks are let be. */
export function visible(text: string, prose = false): Stretch[] {
  if (PLAIN.test(text)) return text ? [{ text }] : []
  const found: Stretch[] = []
  let position = 0
  for (const { 0: character, index } of text.matchAll(SUSPECT)) {
    if (prose && BLANK.test(character)) continue
    if (index > position) found.push({ text: text.slice(position, index) })
    found.push({ text: character, code: character.codePointAt(0)! })
    position = index + character.length
  }
  if (position < text.length) found.push({ text: text.slice(position) })
  return found
}

/** For tooltips and names of controls, where no mark can be drawn: `invoice[RLO]fdp.exe`. */
export function spelledOut(text: string): string {
  return visible(text)
    .map(({ text: part, code }) => (code === undefined ? part : `[${labelOf(code)}]`))
    .join('')
}
