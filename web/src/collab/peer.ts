import type { ChangeSet, Text } from '@codemirror/state'
import type { Changes, Update } from '../wire/messages'
import { diff } from './diff'
import { legal, split } from './legal'

/** Edits that wait separately; further ones are composed into the last. */
const MOST_WAITING = 64
/** What one push may carry: updates, and characters of JSON (at least one update goes in any case). */
const MOST_UPDATES = 1_000
const MOST_CHARACTERS = 1_000_000
/** A waiting edit that has grown to this many characters of JSON is left alone. */
const MOST_COMPOSED = 100_000

/** What became of an accepted update: shown text changes by `changes`, or it was our own; `diverged`: nothing was changed, open again. */
export type Received = { kind: 'remote'; changes: ChangeSet } | { kind: 'own' } | { kind: 'diverged' }

/** Everything that is not confirmed yet, as it can be kept over a reload. */
export interface Unsent {
  /** The client id under which `sent` of the changes went out, or all would. */
  client: string
  version: number
  /** The number of the first change. */
  first: number
  /** How many of the changes were under way. */
  sent: number
  /** How many may be with the server: those, and all that may go out from now on without being kept once more. */
  mayBeSent: number
  changes: readonly ChangeSet[]
}

export interface PushPiece {
  version: number
  seq: number
  changes: Changes[]
}

/**
 * One document's text on the client (CL1–CL3, CL6): the confirmed text, then the updates under way, then those that wait. Pure.
 *
 * Own updates are known by client id and number. Numbers are given when a push is made, so only what is under way has one, but for a copy
 * kept over a reload: the tab's earlier life may have sent more of it than the copy knows. `restored` counts those changes.
 */
export class Peer {
  private current: Text
  private underway: ChangeSet[] = []
  private waiting: ChangeSet[] = []
  private restored = 0
  /** The last own number that the server knows, as far as it said; a push waits until it has been seen. */
  private expected = 0
  /** Whether the server has answered since the document was taken up: only then anything goes out. */
  private spoken = true

  private constructor(
    /** The id under which the unconfirmed changes are numbered. */
    private sender: string,
    private at: number,
    private base: Text,
    private first: number,
  ) {
    this.current = base
  }

  /** A document as the server has just sent it; `accepted` is the last number that it knows from this client. */
  static fresh(client: string, version: number, text: Text, accepted: number): Peer {
    const peer = new Peer(client, version, text, accepted + 1)
    peer.expected = accepted
    return peer
  }

  /** A document taken up from what was kept (CL5). Raises `RangeError` if the changes do not fit the text. */
  static restored(unsent: Unsent, base: Text): Peer {
    const peer = new Peer(unsent.client, unsent.version, base, unsent.first)
    peer.underway = unsent.changes.slice(0, unsent.sent)
    peer.waiting = unsent.changes.slice(unsent.sent)
    peer.restored = unsent.mayBeSent
    peer.spoken = false
    for (const change of unsent.changes) peer.current = change.apply(peer.current)
    return peer
  }

  get version(): number {
    return this.at
  }

  /** The text as the server has it at `version`. */
  get confirmed(): Text {
    return this.base
  }

  /** The text as it is shown. */
  get text(): Text {
    return this.current
  }

  /** How many updates are not confirmed. */
  get pending(): number {
    return this.underway.length + this.waiting.length
  }

  /** The updates that are not confirmed, each made on the text after the one before. */
  get unconfirmed(): readonly ChangeSet[] {
    return [...this.underway, ...this.waiting]
  }

  /** How many updates are under way. */
  get sent(): number {
    return this.underway.length
  }

  /** Whether the unconfirmed changes are numbered for this client id (CL7). */
  belongsTo(client: string): boolean {
    return this.sender === client
  }

  unsent(): Unsent {
    return {
      client: this.sender,
      version: this.at,
      first: this.first,
      sent: this.underway.length,
      mayBeSent: this.spoken && this.caughtUp ? this.pending : Math.max(this.underway.length, this.restored),
      changes: [...this.underway, ...this.waiting],
    }
  }

  /**
   * Takes in a local edit of the shown text. Gives the edit as it was taken: `legal` may have replaced what no text may hold, so that the
   * shown text has to be corrected; lengths are as edited. Raises `RangeError` if it is for a text of another length.
   */
  edit(changes: ChangeSet): ChangeSet {
    if (changes.length !== this.current.length) {
      throw new RangeError(`The edit is for ${changes.length} units; the text has ${this.current.length}.`)
    }
    if (changes.empty) return changes
    const taken = legal(changes, this.current)
    for (const piece of split(taken)) this.enqueue(piece)
    this.current = taken.apply(this.current)
    return taken
  }

  private enqueue(change: ChangeSet): void {
    const last = this.waiting.at(-1)
    if (
      last &&
      this.waiting.length >= MOST_WAITING &&
      this.pending > this.restored &&
      size(last) < MOST_COMPOSED
    ) {
      this.waiting[this.waiting.length - 1] = last.compose(change)
    } else {
      this.waiting.push(change)
    }
  }

  /** Where a position of the shown text is in the confirmed one, as near as can be: within unsent text it is where that begins. */
  toConfirmed(position: number): number {
    return [...this.underway, ...this.waiting].reduceRight(
      (at, change) => change.invertedDesc.mapPos(at),
      position,
    )
  }

  /** Where a position of the confirmed text is in the shown one. Positions beyond the text are at its end. */
  toShown(position: number): number {
    const start = Math.min(position, this.base.length)
    return [...this.underway, ...this.waiting].reduce((at, change) => change.mapPos(at), start)
  }

  /** Takes in the update that leads from `version` to the next (CL3). */
  receive(update: Update): Received {
    const { changes } = update
    if (changes.length !== this.base.length) return { kind: 'diverged' }
    if (update.client !== this.sender || update.seq < this.first) return this.remote(changes)
    const list = this.underway.length > 0 ? this.underway : this.waiting
    const held = list[0]
    const mayBeHeld = this.underway.length > 0 || this.restored > 0
    if (held && update.seq === this.first) {
      const confirmed = changes.apply(this.base)
      if (same(held, changes) || held.apply(this.base).eq(confirmed)) {
        list.shift()
        this.advance(confirmed)
        return { kind: 'own' }
      }
      if (this.restored === 1) {
        // The last change of a kept copy may have grown before it was sent: then the server's is the whole of it.
        const growth = diff(held.apply(this.base), confirmed)
        list.shift()
        this.advance(confirmed)
        return { kind: 'remote', changes: this.rebase(growth) }
      }
    }
    if (mayBeHeld) return { kind: 'diverged' }
    // Typed under our id, but not here: in the life before this one, after the copy that was kept; or in a tab that had the id meanwhile.
    this.first = update.seq + 1
    return this.remote(changes)
  }

  private advance(confirmed: Text): void {
    this.base = confirmed
    this.at++
    this.first++
    this.restored = Math.max(0, this.restored - 1)
  }

  private remote(changes: ChangeSet): Received {
    this.base = changes.apply(this.base)
    this.at++
    return { kind: 'remote', changes: this.rebase(changes) }
  }

  /** Takes an accepted change over all that is not confirmed, one at a time; at equal positions the accepted one comes first. */
  private rebase(accepted: ChangeSet): ChangeSet {
    let over = accepted
    const step = (own: ChangeSet): ChangeSet => {
      const mapped = own.map(over)
      over = over.map(own, true)
      return mapped
    }
    this.underway = this.underway.map(step)
    this.waiting = this.waiting.map(step)
    this.current = over.apply(this.current)
    return over
  }

  /**
   * The server's answer to an open that named our version: it serves from there, and knows our updates up to `accepted`
   * (null: it did not say). False if it knows fewer than it once confirmed: then the text has to be had anew.
   */
  resume(accepted: number | null): boolean {
    this.spoken = true
    if (accepted === null) return true
    this.expected = accepted
    return accepted >= this.first - 1
  }

  /** Whether all has been seen that the server had accepted from us when the document was opened. */
  get caughtUp(): boolean {
    return this.expected < this.first
  }

  /** What waits becomes under way (CL2). Null if a push is under way already, or nothing waits. */
  push(): PushPiece | null {
    if (this.underway.length > 0 || this.waiting.length === 0) return null
    let characters = 0
    let count = 0
    while (count < this.waiting.length && count < MOST_UPDATES) {
      characters += size(this.waiting[count]!)
      if (count > 0 && characters > MOST_CHARACTERS) break
      count++
    }
    this.underway = this.waiting.splice(0, count)
    return this.resend()
  }

  /** What is under way, once more, as it is mapped now. Null if nothing is. */
  resend(): PushPiece | null {
    if (this.underway.length === 0) return null
    return {
      version: this.at,
      seq: this.first,
      changes: this.underway.map((change) => change.toJSON() as Changes),
    }
  }

  /**
   * The text anew (CL6). Unconfirmed changes that the server has not got are mapped over the difference between the text that they were made
   * on and the new one. False if that cannot be known: some were sent and `accepted` is null, or it speaks of another client id. Then
   * nothing is changed, and `replace` is what is left to do.
   */
  reset(client: string, version: number, text: Text, accepted: number | null): boolean {
    const sent = Math.max(this.underway.length, this.restored)
    if (client === this.sender ? accepted === null && sent > 0 : this.pending > 0) return false
    const known = accepted === null ? 0 : Math.min(Math.max(accepted - this.first + 1, 0), sent)
    let madeOn = this.base
    const pending = [...this.underway, ...this.waiting]
    for (const change of pending.slice(0, known)) madeOn = change.apply(madeOn)
    const left = Math.max(this.underway.length - known, 0)
    this.underway = pending.slice(known, known + left)
    this.waiting = pending.slice(known + left)
    this.restored = Math.max(this.restored - known, 0)
    this.rebase(diff(madeOn, text))
    this.base = text
    this.at = version
    this.number(client, accepted)
    return true
  }

  /** The server's text and nothing else: unconfirmed changes are let go. */
  replace(client: string, version: number, text: Text, accepted: number | null): void {
    this.underway = []
    this.waiting = []
    this.restored = 0
    this.base = text
    this.current = text
    this.at = version
    this.number(client, accepted)
  }

  private number(client: string, accepted: number | null): void {
    if (accepted !== null) this.first = accepted + 1
    else if (client !== this.sender) this.first = 1
    this.sender = client
    this.spoken = true
    this.expected = this.first - 1
  }

  /**
   * From now on under another client id, of which the server knows updates up to `accepted` (CL7). Only when everything has been seen that may
   * have been accepted under the old one: what is left was not, and gets new numbers.
   */
  renumber(client: string, accepted: number): void {
    this.waiting = [...this.underway, ...this.waiting]
    this.underway = []
    this.restored = 0
    this.number(client, accepted)
  }
}

function same(a: ChangeSet, b: ChangeSet): boolean {
  return JSON.stringify(a.toJSON()) === JSON.stringify(b.toJSON())
}

/** About how many characters of JSON the change takes. */
function size(changes: ChangeSet): number {
  let characters = 0
  changes.iterChanges((_fromA, _toA, _fromB, _toB, inserted) => {
    characters += inserted.length + 3 * inserted.lines + 20
  })
  return characters
}
