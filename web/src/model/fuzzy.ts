/**
 * How well a few letters match a text of which they are a part in this order. The measure is that of fzf (https://github.com/junegunn/fzf,
 * algo.go) in its main lines: letters that follow one another, begin a word or stand in a file's own name count more, and gaps less.
 */

export interface Match {
  score: number
  /** The places in the text that matched, ascending. */
  places: number[]
}

const HIT = 16
const GAP_START = 3
const GAP = 1
const WORD = 8
const HUMP = 7
const FOLLOWS = 6
/** For each letter in the last part of a path. */
const NAME = 3
const MOST = 64
const NEVER = -1e9

/** Null: no match. Words with blanks between them must all match, in any order. `query` in small letters. */
export function match(query: string, text: string): Match | null {
  const words = query.split(/\s+/).filter(Boolean)
  if (!words.length) return { score: 0, places: [] }
  const small = text.toLowerCase()
  // A letter whose small form is longer would shift the places.
  const compared = small.length === text.length ? small : text
  const places = new Set<number>()
  let score = 0
  for (const word of words) {
    if (!isWithin(word, compared)) return null
    const found = align(word.slice(0, MOST), text, compared)
    score += found.score
    for (const place of found.places) places.add(place)
  }
  return { score, places: [...places].sort((a, b) => a - b) }
}

/** The best of `items`, best first. Of equals the shorter text, then the order given. */
export function rank<T>(
  query: string,
  items: readonly T[],
  textOf: (item: T) => string,
  most: number,
  bonus: (item: T) => number = () => 0,
): { item: T; places: number[] }[] {
  const small = query.toLowerCase()
  const found: { item: T; score: number; length: number; places: number[] }[] = []
  for (const item of items) {
    const text = textOf(item)
    const hit = match(small, text)
    if (hit) found.push({ item, score: hit.score + bonus(item), length: text.length, places: hit.places })
  }
  found.sort((a, b) => b.score - a.score || a.length - b.length)
  return found.slice(0, most)
}

function isWithin(word: string, text: string): boolean {
  let at = -1
  for (const letter of word) {
    at = text.indexOf(letter, at + 1)
    if (at < 0) return false
  }
  return true
}

/** The best way to lay `word` over `text`, of which it is a part. */
function align(word: string, text: string, small: string): Match {
  const n = word.length
  const m = text.length
  const worth = worths(text)
  // best[i][j]: letter i of the word stands at j; from[i][j]: where letter i - 1 stands then.
  const best = Array.from({ length: n }, () => new Int32Array(m).fill(NEVER))
  const from = Array.from({ length: n }, () => new Int32Array(m).fill(-1))
  for (let i = 0; i < n; i++) {
    let reach = NEVER
    let reachFrom = -1
    for (let j = i; j < m; j++) {
      // The best place of the letter before that lies further back, less for the gap.
      if (i > 0 && j >= 2) {
        reach -= GAP
        const fresh = best[i - 1]![j - 2]! - GAP_START
        if (fresh > reach) {
          reach = fresh
          reachFrom = j - 2
        }
      }
      if (small[j] !== word[i]) continue
      const here = HIT + worth[j]!
      if (i === 0) {
        best[0]![j] = here
        continue
      }
      const close = j > 0 ? best[i - 1]![j - 1]! + FOLLOWS : NEVER
      best[i]![j] = here + Math.max(close, reach)
      from[i]![j] = close >= reach ? j - 1 : reachFrom
    }
  }
  let at = 0
  for (let j = 1; j < m; j++) if (best[n - 1]![j]! > best[n - 1]![at]!) at = j
  const score = best[n - 1]![at]!
  const places: number[] = []
  for (let i = n - 1; i >= 0; i--) {
    places.unshift(at)
    at = from[i]![at]!
  }
  return { score, places }
}

/** What a hit at each place is worth besides. */
function worths(text: string): Int32Array {
  const worth = new Int32Array(text.length)
  const name = text.lastIndexOf('/') + 1
  for (let j = 0; j < text.length; j++) {
    const before = text[j - 1]
    if (before === undefined || /[/\\_\-. :]/.test(before)) worth[j] = WORD
    else if (/[a-z]/.test(before) && /[A-Z]/.test(text[j]!)) worth[j] = HUMP
    if (j >= name && name > 0) worth[j]! += NAME
    if (name === 0) worth[j]! += NAME
  }
  return worth
}
