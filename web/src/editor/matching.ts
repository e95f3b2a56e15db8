/** What a regular expression matches in a text, and what would stand there instead. Run in a worker (`matcher`): how long it takes is in nobody's hands. */

export interface Asked {
  source: string
  ignoreCase: boolean
  wholeWord: boolean
  /** What the text's language has in words besides letters, digits and `_`. */
  wordChars: string
  /** As it was typed: `$1`, `$&`, `$$`, `\n` and `\t` are not yet what they stand for. Empty: nothing is put together. */
  replacement: string
}

export interface Matches {
  /** From and to of each match, in turn; in order, without overlaps, in UTF-16 units. */
  places: Int32Array
  /** There are more than `MOST`. */
  more: boolean
  /** What each match would be replaced by; null if by nothing. */
  inserts: string[] | null
  /** A group that the replacement names and the pattern does not have. */
  missing: number | null
}

/** Whether there are matches, and none of them is of a character: of `^` and `\b`, say. */
export function onlyPlaces({ places }: Matches): boolean {
  for (let i = 0; i < places.length; i += 2) if (places[i] !== places[i + 1]) return false
  return places.length > 0
}

/** As many as are found at once. */
export const MOST = 100_000

const flags = (ignoreCase: boolean): string => (ignoreCase ? 'gmui' : 'gmu')

/** Why it is no regular expression, in the browser's words; null if it is one. */
export function wrongIn(source: string): string | null {
  try {
    new RegExp(source, flags(false))
    return null
  } catch (error) {
    // The pattern, which everybody sees anyway, is left out: "Invalid regular expression: /(/u: Unterminated group".
    return (error as Error).message.split(': ').at(-1)!
  }
}

/** Throws what the browser throws of a pattern that is none, or too large. */
export function matchesIn(text: string, asked: Asked): Matches {
  const { source, ignoreCase, wholeWord, wordChars, replacement } = asked
  const groups = new RegExp(`${source}|`, flags(false)).exec('')!.length - 1
  const missing = referredTo(replacement).find((group) => !groupOf(group, groups)) ?? null
  const expand = replacement && missing === null ? expansion(replacement, groups) : null
  const isWhole = wholeWord ? wholeWords(wordChars) : () => true
  const places: number[] = []
  const inserts: string[] = []
  let more = false
  for (const match of text.matchAll(new RegExp(source, flags(ignoreCase)))) {
    const [from, to] = [match.index, match.index + match[0].length]
    if (!isWhole(text, from, to)) continue
    if (places.length === 2 * MOST) {
      more = true
      break
    }
    places.push(from, to)
    if (expand) inserts.push(expand(match))
  }
  return {
    places: Int32Array.from(places),
    more,
    inserts: expand && inserts,
    missing: missing === null ? null : Number(missing),
  }
}

const REFERENCE = /\$(\$|&|[1-9]\d?)|\\([nrt\\])/g

const referredTo = (replacement: string): string[] =>
  Array.from(replacement.matchAll(REFERENCE), ([, name]) => name ?? '').filter((name) => /\d/.test(name))

/** The group that a reference is to, and the digits that are none of it: `$12` is group 1 and a 2 where there are few. */
function groupOf(name: string, groups: number): [number, string] | null {
  if (Number(name) <= groups) return [Number(name), '']
  return name.length === 2 && Number(name[0]) <= groups ? [Number(name[0]), name[1]!] : null
}

function expansion(replacement: string, groups: number): (match: RegExpMatchArray) => string {
  const signs: Record<string, string> = { n: '\n', r: '\r', t: '\t', '\\': '\\' }
  return (match) =>
    replacement.replace(REFERENCE, (_, name?: string, sign?: string) => {
      if (sign) return signs[sign]!
      if (name === '$') return '$'
      if (name === '&') return match[0]
      const [group, rest] = groupOf(name!, groups)!
      return (match[group] ?? '') + rest
    })
}

function wholeWords(wordChars: string): (text: string, from: number, to: number) => boolean {
  const isWord = (char: string): boolean =>
    char !== '' && (/[\p{Alphabetic}\p{Number}_]/u.test(char) || wordChars.includes(char))
  const at = (text: string, index: number): string =>
    index < text.length ? String.fromCodePoint(text.codePointAt(index)!) : ''
  const before = (text: string, index: number): string => {
    const low = index > 1 && /[\udc00-\udfff]/.test(text[index - 1]!)
    return index > 0 ? text.slice(index - (low ? 2 : 1), index) : ''
  }
  return (text, from, to) =>
    !(isWord(before(text, from)) && isWord(at(text, from))) &&
    !(isWord(before(text, to)) && isWord(at(text, to)))
}
