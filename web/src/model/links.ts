/** Addresses in what people write, so that they can be shown as links and everything else as text. */

export interface Piece {
  text: string
  /** Where it leads, for an http or https address. */
  href?: string
}

const ADDRESS = /\bhttps?:\/\/[^\s<>"'`]+/giu
const TRAILING = /[.,;:!?)\]}]+$/u

/** The text in pieces, in order; joined they give the text again. */
export function pieces(text: string): Piece[] {
  const found: Piece[] = []
  let position = 0
  for (const match of text.matchAll(ADDRESS)) {
    const address = match[0].replace(TRAILING, (tail) => (balanced(match[0], tail) ? tail : ''))
    if (match.index > position) found.push({ text: text.slice(position, match.index) })
    found.push({ text: address, href: address })
    position = match.index + address.length
  }
  if (position < text.length) found.push({ text: text.slice(position) })
  return found
}

/** A closing bracket belongs to the address when the address opened it. */
function balanced(address: string, tail: string): boolean {
  return tail === ')' && address.split('(').length === address.split(')').length
}
