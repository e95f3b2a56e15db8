/** A stretch of a text around the words that were looked for, with these marked. */

export interface ExcerptPiece {
  text: string
  found: boolean
}

const BEFORE = 60
const LENGTH = 240

/** The text from shortly before the first of the words on, in pieces. */
export function around(text: string, words: readonly string[]): ExcerptPiece[] {
  const pattern = new RegExp(
    words.map((word) => word.replace(/[\\^$.*+?()[\]{}|/-]/gu, '\\$&')).join('|'),
    'giu',
  )
  const first = words.length ? text.search(pattern) : 0
  let from = Math.max(0, first - BEFORE)
  // Not in the middle of a word, where there is a space near; and not in the middle of a character.
  const space = from ? text.slice(from, from + 20).search(/\s/u) : -1
  if (space >= 0 && from + space < first) from += space + 1
  else if (from && /[\udc00-\udfff]/.test(text.charAt(from))) from++
  const shown = text.slice(from, from + LENGTH).replace(/[\ud800-\udbff]$/, '')
  const pieces: ExcerptPiece[] = []
  const say = (part: string, found: boolean): unknown => part && pieces.push({ text: part, found })
  say(from ? '…' : '', false)
  let position = 0
  if (words.length)
    for (const match of shown.matchAll(pattern)) {
      say(shown.slice(position, match.index), false)
      say(match[0], true)
      position = match.index + match[0].length
    }
  say(shown.slice(position), false)
  if (from + shown.length < text.length) say('…', false)
  return pieces
}
