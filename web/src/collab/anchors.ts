import type { ChangeDesc, ChangeSet } from '@codemirror/state'
import type { ThreadPlace } from '../wire/messages'

/**
 * Where a thread is after a change (CM2), as the server reckons it: what is typed at its edges stays outside, what is typed within belongs to it. Null if
 * its text is gone: nothing of it is left, or of a text that is replaced in part less than half. One that holds nothing is the empty line it stands on.
 */
export function follow<P extends { from: number; to: number }>(place: P, changes: ChangeDesc): P | null {
  const from = changes.mapPos(place.from, 1)
  if (place.from === place.to) {
    const lost = place.from > 0 && taken(changes, place.from - 1, place.from).units > 0
    return lost ? null : { ...place, from, to: from }
  }
  if (changes.touchesRange(place.from, place.to)) {
    const { units, edits, inserted } = taken(changes, place.from, place.to)
    const length = place.to - place.from
    const left = length - units
    const deletion = edits === 1 && inserted === 0
    if (left === 0 || (2 * left < length && !deletion)) return null
  }
  const to = changes.mapPos(place.to, -1)
  return from < to ? { ...place, from, to } : null
}

/** How many units of a range a change takes, by how many edits, and how much they put there. */
function taken(
  changes: ChangeDesc,
  from: number,
  to: number,
): { units: number; edits: number; inserted: number } {
  const found = { units: 0, edits: 0, inserted: 0 }
  changes.iterChangedRanges((fromA, toA, fromB, toB) => {
    if (toA <= from || fromA >= to) return
    found.units += Math.min(toA, to) - Math.max(fromA, from)
    found.edits++
    found.inserted += toB - fromB
  })
  return found
}

/** All of them, in the order of their places. */
export function followAll<P extends { from: number; to: number }>(
  places: readonly P[],
  changes: ChangeDesc,
): P[] {
  return places.flatMap((place) => follow(place, changes) ?? [])
}

/**
 * The places of a document's threads (CM4). Those of the confirmed text go along with what is confirmed, exactly as the server's do; those that are shown
 * are these, taken through what is not confirmed. So a deletion that is not confirmed hides a thread, and undoing it shows it again.
 */
export class Anchors {
  private confirmed: readonly ThreadPlace[] = []
  private inShown: readonly ThreadPlace[] | null = []

  constructor(
    private readonly peer: { readonly version: number; readonly unconfirmed: readonly ChangeSet[] },
  ) {}

  get size(): number {
    return this.confirmed.length
  }

  /** Those whose text can be seen, by their places in the shown text. */
  get shown(): readonly ThreadPlace[] {
    return (this.inShown ??= this.peer.unconfirmed.reduce<readonly ThreadPlace[]>(
      (places, changes) => followAll(places, changes),
      this.confirmed,
    ))
  }

  /** These are all, at a version. False if that is not the one that the stream has reached: then nothing is known. */
  put(version: number, threads: readonly ThreadPlace[]): boolean {
    const fits = version === this.peer.version
    this.confirmed = fits ? [...threads].sort((a, b) => a.from - b.from || a.to - b.to) : []
    this.inShown = null
    return fits
  }

  /** One of them is here now, or nowhere. False if nothing became different. */
  set(id: string, place: (ThreadPlace & { version: number }) | null): boolean {
    const others = this.confirmed.filter((other) => other.id !== id)
    if (place && place.version === this.peer.version) {
      const { from, to, resolved } = place
      this.put(this.peer.version, [...others, { id, from, to, resolved }])
      return true
    }
    if (place || others.length === this.confirmed.length) return false
    this.confirmed = others
    this.inShown = null
    return true
  }

  /** An update is confirmed that leads to the next version. */
  follow(changes: ChangeSet): void {
    if (this.confirmed.length) this.confirmed = followAll(this.confirmed, changes)
    this.inShown = null
  }

  /** What is not confirmed is another. */
  edited(): void {
    this.inShown = null
  }
}
