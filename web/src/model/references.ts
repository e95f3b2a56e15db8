/** Files, revisions and people that are named in what somebody writes. */

export type Reference =
  | { type: 'file'; path: string; from: number | null; to: number | null }
  | { type: 'revision'; id: string }
  | { type: 'mention'; name: string; displayName: string }

export interface Piece {
  text: string
  reference?: Reference
}

/** What a session knows of. */
export interface Known {
  /** The path of the file that is called so, if there is just one. */
  file(said: string): string | null
  /** The whole id of a revision that begins so, if it is at hand. */
  revision(said: string): string | null
  /** The display name of who is in the session. */
  person(name: string): string | null
}

const MENTION = String.raw`(?<![\p{L}\p{N}_@./-])@[a-z0-9][a-z0-9_-]{0,31}(?![\p{L}\p{N}_-])`
const PATH = String.raw`[\p{L}\p{N}_@.+~/-]+(?::\d{1,7}(?:-\d{1,7})?(?![\p{L}\p{N}_]))?`
const WORD = new RegExp(`${MENTION}|${PATH}`, 'gu')
const PLACE = /^(.+?)(?::(\d+)(?:-(\d+))?)?$/u
const HEX = /^[0-9a-f]{7,40}$/u

/** The text in pieces, in order; joined they give the text again. */
export function references(text: string, known: Known): Piece[] {
  const found: Piece[] = []
  let position = 0
  for (const match of text.matchAll(WORD)) {
    // Without the stop of the sentence around it.
    const word = match[0].replace(/\.+$/u, '')
    const reference = referenceOf(word, known, false)
    if (!reference) continue
    if (match.index > position) found.push({ text: text.slice(position, match.index) })
    found.push({ text: word, reference })
    position = match.index + word.length
  }
  if (position < text.length) found.push({ text: text.slice(position) })
  return found
}

/** What a stretch of code as a whole refers to: there, any name of a file is meant to be one. */
export function referenceOfCode(code: string, known: Known): Reference | null {
  return code.startsWith('@') ? null : referenceOf(code, known, true)
}

function referenceOf(word: string, known: Known, anyFile: boolean): Reference | null {
  if (word.startsWith('@')) {
    const name = /^@([a-z0-9][a-z0-9_-]{0,31})$/u.exec(word)?.[1]
    const displayName = name && known.person(name)
    if (name && displayName) return { type: 'mention', name, displayName }
  }
  if (HEX.test(word)) {
    const id = known.revision(word)
    if (id !== null) return { type: 'revision', id }
    // Neither a number nor a word such as `defaced`.
    if (/\d/u.test(word) && /[a-f]/u.test(word)) return { type: 'revision', id: word }
  }
  const [, said = '', from, to] = PLACE.exec(word) ?? []
  // A bare word is a word, though there be a file that is called so.
  if (!anyFile && from === undefined && !/[./]/u.test(said)) return null
  const path = known.file(said)
  if (path === null) return null
  return {
    type: 'file',
    path,
    from: from === undefined ? null : Number(from),
    to: to === undefined ? null : Number(to),
  }
}

/** Finds files by their path, or by the end of it where that leaves just one. */
export function fileFinder(paths: readonly string[]): (said: string) => string | null {
  const all = new Set(paths)
  const byName = new Map<string, string[]>()
  for (const path of paths) {
    const name = path.slice(path.lastIndexOf('/') + 1)
    const same = byName.get(name)
    if (same) same.push(path)
    else byName.set(name, [path])
  }
  return (said) => {
    const path = said.replace(/^\.?\/+/u, '')
    if (all.has(path)) return path
    const ends = (byName.get(path.slice(path.lastIndexOf('/') + 1)) ?? []).filter((other) =>
      other.endsWith(`/${path}`),
    )
    return ends.length === 1 ? ends[0]! : null
  }
}

/** Whether a text says `@name`, as the server counts it. */
export function mentions(text: string, name: string): boolean {
  return new RegExp(`(?<![\\p{L}\\p{N}_@./-])@${name}(?![\\p{L}\\p{N}_-])`, 'u').test(text)
}

/** What is being typed at the end of `before` as the name of somebody; null if it is none. */
export function mentionUnderWay(before: string): string | null {
  return /(?<![\p{L}\p{N}_@./-])@([\p{L}\p{N}_-]{0,32})$/u.exec(before)?.[1] ?? null
}

/** Those whose name, or a word of whose display name, begins so. */
export function matching<P extends { name: string; display_name: string }>(
  said: string,
  people: readonly P[],
): P[] {
  const start = said.toLowerCase()
  return people.filter(
    ({ name, display_name }) =>
      name.startsWith(start) ||
      display_name
        .toLowerCase()
        .split(/\s+/u)
        .some((word) => word.startsWith(start)),
  )
}
