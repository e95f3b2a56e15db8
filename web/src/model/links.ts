/** Addresses in what people write, so that they can be shown as links and everything else as text. */

export interface Piece {
  text: string
  /** Where it leads, for an http or https address. */
  href?: string
}

const ADDRESS = /\bhttps?:\/\/[^\s<>"'`]+/giu
const TRAILING = /[.,;:!?)\]}]$/u

/** The text in pieces, in order; joined they give the text again. */
export function pieces(text: string): Piece[] {
  const found: Piece[] = []
  let position = 0
  for (const match of text.matchAll(ADDRESS)) {
    const address = trimmed(match[0])
    if (match.index > position) found.push({ text: text.slice(position, match.index) })
    found.push({ text: address, href: address })
    position = match.index + address.length
  }
  if (position < text.length) found.push({ text: text.slice(position) })
  return found
}

/** Without the stop of the sentence around it; a closing bracket belongs to the address when the address opened it. */
function trimmed(address: string): string {
  while (TRAILING.test(address)) {
    if (address.endsWith(')') && address.split('(').length >= address.split(')').length) break
    address = address.slice(0, -1)
  }
  return address
}
