/**
 * A file's life, step by step. Places count from the text with which keystrokes begin: 0 is that text, 1 the text after the first
 * keystroke, −1 that before the newest of the earlier steps, which go from revision to revision. A file that was deleted and came back
 * was another document each time: steps from revision to revision lead from the last keystroke of the one to the first of the next.
 */
import { ChangeSet, Text } from '@codemirror/state'
import type { Playable } from '@/api/playback'
import type { Author, PlaybackAbout, PlaybackEvent, PlaybackPart, PlaybackRevision } from '@/api/types'
import { parse } from './markdown'
import { READ, wordsOf } from './plaintext'

type Query = Record<string, unknown>

/** What the address says is to be played; null: nothing. */
export function playableOf({ doc, file }: Query): Playable | null {
  if (typeof doc === 'string' && doc) return { doc: Number(doc) }
  return typeof file === 'string' && file ? { path: file } : null
}

/** The same for the same file. */
export const playbackKey = (query: Query): string => JSON.stringify(playableOf(query))

/** A version of a document; of the newest where none is named. */
export interface At {
  doc: number | null
  version: number
}

/** Where the address wants to be: `203`, or `17.203` of the document 17. */
export function versionOf({ at }: Query): At | null {
  const found = typeof at === 'string' && /^(?:(\d{1,15})\.)?(\d{1,15})$/.exec(at)
  return found ? { doc: found[1] === undefined ? null : Number(found[1]), version: Number(found[2]) } : null
}

/** What one person changed. `at` in milliseconds. */
export interface Step {
  at: number
  by: Author
  changes: unknown
  /** What it led to, of a step from revision to revision. */
  revision?: string
}

/** A text is kept every so many steps; one is never further than this from a place whose steps are known. */
const EVERY = 1_000

export class Film {
  /** Texts at places, from which others are made. */
  private readonly texts = new Map<number, Text>()
  private kept: number[] = [0]
  private readonly steps: (Step | undefined)[]
  private earlier: Step[] = []
  private last: { place: number; text: Text } | null = null

  /** `length`: how many keystrokes there are. */
  constructor(
    text: string,
    readonly length: number,
  ) {
    this.texts.set(0, textOf(text))
    this.steps = new Array<Step | undefined>(length)
  }

  get first(): number {
    return 0 - this.earlier.length
  }

  /** The step that leads to a place. */
  step(place: number): Step | undefined {
    return place > 0 ? this.steps[place - 1] : this.earlier[this.earlier.length - 1 + place]
  }

  /** Keystrokes that follow a place. */
  add(place: number, steps: readonly Step[]): void {
    steps.forEach((step, i) => {
      if (place + i < this.length) this.steps[place + i] = step
    })
  }

  /** Steps before all that are known; `text` is that before the first of them. */
  addEarlier(text: string, steps: readonly Step[]): void {
    this.earlier = [...steps, ...this.earlier]
    this.keep(this.first, textOf(text))
  }

  addText(place: number, text: string): void {
    this.keep(place, textOf(text))
  }

  /** The nearest place, at or before this one, whose text is known. */
  nearest(place: number): number {
    let from = 0
    let to = this.kept.length
    while (to - from > 1) {
      const middle = (from + to) >> 1
      if (this.kept[middle]! <= place) from = middle
      else to = middle
    }
    return this.kept[from]!
  }

  /** The place whose following step is needed first to make the text at `place`; null: all is there. */
  missing(place: number): number | null {
    for (let at = Math.max(0, this.nearest(place)); at < place; at++) if (!this.steps[at]) return at
    return null
  }

  /** The first place from this one on whose following step is not there, up to `end`; null: all are. */
  unknown(from: number, end: number): number | null {
    for (let at = Math.max(0, from); at < Math.min(end, this.length); at++) if (!this.steps[at]) return at
    return null
  }

  /** The text at a place where nothing is missing. */
  text(place: number): Text {
    let at = this.nearest(place)
    let text = this.texts.get(at)!
    if (this.last && this.last.place <= place && this.last.place > at) ({ place: at, text } = this.last)
    while (at < place) {
      text = ChangeSet.fromJSON(this.step(at + 1)!.changes).apply(text)
      at++
      if (at % EVERY === 0) this.keep(at, text)
    }
    this.last = { place, text }
    return text
  }

  private keep(place: number, text: Text): void {
    if (!this.texts.has(place)) {
      this.kept.splice(this.kept.findLastIndex((known) => known < place) + 1, 0, place)
    }
    // A revision's text at 0 is not put in the place of the one that keystrokes begin with.
    if (place !== 0) this.texts.set(place, text)
  }
}

const textOf = (text: string): Text => Text.of(text.split('\n'))

/** Longer pauses than this are silence, in milliseconds, and how long they last when they are skipped. */
export const SILENCE = 2_000
const SKIPPED = 600
/** How long a step from revision to revision stands. */
const REVISION = 1_200

/** Milliseconds from the place before to this one, at speed 1. */
export function pauseBefore(film: Film, place: number, skipping: boolean): number {
  const step = film.step(place)
  if (place <= 0 || step?.revision !== undefined) return REVISION
  const before = place > 1 ? film.step(place - 1) : undefined
  if (!step || !before || before.revision !== undefined) return 0
  const gap = Math.max(0, step.at - before.at)
  return skipping && gap > SILENCE ? SKIPPED : gap
}

/** A document's keystrokes on the film. */
export interface Reel {
  doc: number
  /** The text with which they begin: its place and its version. */
  place: number
  version: number
  length: number
}

/** Steps from one place to another, between two moments in milliseconds, and who made how many. */
interface Stretch {
  place: number
  end: number
  at: number
  until: number
  edits: (readonly [Author, number])[]
}

/** Where everything is on the film. */
export interface Life {
  length: number
  reels: readonly Reel[]
  stretches: readonly Stretch[]
  /** The places to which steps from revision to revision lead, by revision. */
  revisions: ReadonlyMap<string, number>
}

/** A document of which keystrokes are kept. */
export type Kept = PlaybackPart & { doc: number; start: NonNullable<PlaybackPart['start']> }

/** These, oldest first. */
export function keptOf(about: PlaybackAbout): Kept[] {
  return [...about.earlier, about].filter(
    (part): part is Kept => part.doc !== null && part.start !== null && part.version > part.start.version,
  )
}

/** The documents' keystrokes one after another, each followed by the steps that lead from it to the next, or to what there is now. */
export function lifeOf(kept: readonly Kept[], between: readonly Step[][], authors: readonly Author[]): Life {
  const reels: Reel[] = []
  const stretches: Stretch[] = []
  const revisions = new Map<string, number>()
  let place = 0
  kept.forEach(({ doc, start, version, stretches: own }, index) => {
    const length = version - start.version
    const placeOf = (version: number): number => place + version - start.version
    reels.push({ doc, place, version: start.version, length })
    own.forEach(({ version: from, at, until, edits }, i) => {
      const named = edits.map(([author, updates]) => [authors[author]!, updates] as const)
      const end = placeOf(own[i + 1]?.version ?? version)
      stretches.push({ place: placeOf(from), end, at, until, edits: named })
    })
    place += length
    for (const { at, by, revision } of between[index] ?? []) {
      stretches.push({ place, end: place + 1, at, until: at, edits: [[by, 1]] })
      place++
      if (revision !== undefined) revisions.set(revision, place)
    }
  })
  return { length: place, reels, stretches, revisions }
}

/** The reel that has a place; null between them. */
export function reelAt({ reels }: Life, place: number): Reel | null {
  return reels.findLast((reel) => reel.place <= place && place <= reel.place + reel.length) ?? null
}

/** The place of a version; null: there is none. */
export function placeOf({ reels }: Life, { doc, version }: At): number | null {
  const reel = doc === null ? reels.at(-1) : reels.find((one) => one.doc === doc)
  return reel ? reel.place + Math.max(0, Math.min(reel.length, version - reel.version)) : null
}

/** A place as `versionOf` reads it; null where the address does not tell it. */
export function addressOf(life: Life, place: number): string | null {
  const reel = reelAt(life, place)
  return reel && `${reel.doc}.${reel.version + place - reel.place}`
}

/** When a place was, from the strip alone: exact as far as its stretches go. Milliseconds; null where nothing is known. */
export function momentAt({ stretches }: Life, place: number): number | null {
  const stretch =
    stretches[
      Math.max(
        0,
        stretches.findLastIndex((one) => one.place < place),
      )
    ]
  if (!stretch) return null
  const part = (place - stretch.place) / Math.max(1, stretch.end - stretch.place)
  return stretch.at + Math.max(0, Math.min(1, part)) * (stretch.until - stretch.at)
}

/** The place after the last step before a moment, from the strip alone. */
export function placeAt({ stretches }: Life, at: number): number {
  const stretch = stretches.findLast((one) => one.at <= at)
  if (!stretch) return 0
  const part = at >= stretch.until ? 1 : (at - stretch.at) / Math.max(1, stretch.until - stretch.at)
  return Math.round(stretch.place + part * (stretch.end - stretch.place))
}

/** So much of the strip do revisions before the keystrokes take, at the most. */
const EARLIER = 0.3
const EACH = 0.015

/** The strip: places to parts of its width, and back. */
export class Scale {
  /** Where keystrokes begin. */
  readonly border: number

  constructor(
    private readonly first: number,
    private readonly length: number,
  ) {
    this.border = length === 0 ? 1 : first === 0 ? 0 : Math.min(EARLIER, -first * EACH + 0.02)
  }

  part(place: number): number {
    if (place < 0) return this.border * (1 - place / this.first)
    return this.length === 0 ? this.border : this.border + (place / this.length) * (1 - this.border)
  }

  place(part: number): number {
    const inside = Math.max(0, Math.min(1, part))
    if (inside < this.border || this.length === 0)
      return this.first === 0 ? 0 : Math.round(this.first * (1 - inside / this.border)) || 0
    return Math.round(((inside - this.border) / (1 - this.border)) * this.length)
  }
}

export interface Bar {
  place: number
  until: number
  /** From 0 to 1: how fast it was typed. */
  height: number
  parts: { author: Author; from: number; to: number }[]
}

const LEAST = 0.25

/** The strip of who typed: as high as it was quick, everyone's part in their colour. */
export function barsOf({ stretches }: Life): Bar[] {
  const paces = stretches.map(({ at, until, edits }) => sum(edits) / Math.max(1_000, until - at))
  const fastest = Math.max(...paces, 1e-9)
  return stretches.map(({ place, end, edits }, i) => {
    const height = LEAST + (1 - LEAST) * Math.sqrt(paces[i]! / fastest)
    const all = sum(edits)
    let from = 0
    const parts = edits.map(([author, updates]) => {
      const to = from + (height * updates) / all
      const part = { author, from, to }
      from = to
      return part
    })
    return { place, until: end, height, parts }
  })
}

const sum = (edits: readonly (readonly [Author, number])[]): number =>
  edits.reduce((n, [, one]) => n + one, 0)

/** Something on the time line. */
export interface Mark {
  place: number
  at: number
  kind: 'revision' | 'named' | 'chat' | 'comment'
  title: string
  by: string
  /** A revision's id. */
  revision?: string
}

/** Revisions that lie on the film, by place. */
export function revisionMarks(life: Life, revisions: readonly PlaybackRevision[]): Mark[] {
  const placed = ({ id, doc, version }: PlaybackRevision): number | null => {
    const step = life.revisions.get(id)
    const reel = life.reels.find((one) => one.doc === doc)
    if (step !== undefined || !reel || version === null) return step ?? null
    const after = version - reel.version
    return after < 0 || after > reel.length ? null : reel.place + after
  }
  return revisions
    .map((revision) => ({ ...revision, place: placed(revision) }))
    .filter((one): one is PlaybackRevision & { place: number } => one.place !== null)
    .map(({ id, place, at, names, message, authors }) => ({
      place,
      at: Date.parse(at),
      kind: names.length ? ('named' as const) : ('revision' as const),
      title: names.length ? names.join(', ') : (message.split('\n', 1)[0] ?? ''),
      by: authors.map(({ display_name }) => display_name).join(', '),
      revision: id,
    }))
    .sort((a, b) => a.place - b.place)
}

export function eventMarks(life: Life, events: readonly PlaybackEvent[]): Mark[] {
  return events.map(({ kind, at, text, author }) => ({
    place: placeAt(life, Date.parse(at)),
    at: Date.parse(at),
    kind,
    title: titleOf(text),
    by: author.display_name,
  }))
}

const LONGEST_TITLE = 80
function titleOf(text: string): string {
  const words = wordsOf(parse(text.slice(0, READ)))
  return words.length > LONGEST_TITLE ? `${words.slice(0, LONGEST_TITLE - 1)}…` : words
}

/** The place of the next revision in a direction, or of the end. */
export function nextRevision(film: Film, marks: readonly Mark[], place: number, direction: 1 | -1): number {
  if (direction > 0) {
    if (place < 0) return place + 1
    return marks.find((mark) => mark.place > place)?.place ?? film.length
  }
  const before = marks.findLast((mark) => mark.place < place)?.place ?? (place > 0 ? 0 : place - 1)
  return Math.max(film.first, before)
}

/** Events up to a moment: how many of them, which are in order. */
export function countUntil(events: readonly { at: string }[], moment: number): number {
  let from = 0
  let to = events.length
  while (from < to) {
    const middle = (from + to) >> 1
    if (Date.parse(events[middle]!.at) <= moment) from = middle + 1
    else to = middle
  }
  return from
}
