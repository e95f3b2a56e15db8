import type { ChangeSet } from '@codemirror/state'
import type { Range, Selections } from '../wire/messages'
import { Throttle } from './clock'
import type { Line } from './line'
import type { Peer } from './peer'

/** Carets are told at most this often; while edits are unsent, this much later at the most. */
const SELECT_EVERY = 50
const SELECT_PATIENCE = 300

/** Another client's carets in the document, in the shown text. */
export interface Caret {
  client: string
  name: string
  display_name: string
  color: number
  ranges: Range[]
  /** Where what they see of the text begins and ends, if they say. */
  view: Range | null
}

/**
 * A document's carets (RM8): one's own, which are told, and those of others, which are shown.
 *
 * Own carets are told as positions of the confirmed text, which is all that others know. While edits are unsent that is only an approximation
 * (a caret in unsent text is where that text begins), so telling waits for them to be confirmed, but not for longer than 300 ms; others
 * see the caret behind what it typed in any case, since theirs are mapped over it.
 */
export class Carets {
  private readonly others = new Map<string, Caret>()
  private readonly telling: Throttle
  private own: Range[] | null = null
  private ownView: Range | null = null
  private patience: (() => void) | null = null

  constructor(
    private readonly document: { readonly doc: number; readonly live: boolean },
    private readonly line: Line,
    private readonly peer: Peer,
    private readonly show: (carets: readonly Caret[]) => void,
  ) {
    this.telling = new Throttle(line.clock, SELECT_EVERY, () => this.announce())
  }

  /** Where the carets are here; none: the document is not looked at. */
  select(ranges: readonly Range[]): void {
    this.own = ranges.map(([anchor, head]) => [anchor, head])
    this.telling.ask()
  }

  /** What is seen of the text here; null: nothing that others need to know. */
  see(view: Range | null): void {
    if (!view && !this.ownView) return
    this.ownView = view
    if (!view) this.own ??= []
    this.telling.ask()
  }

  /** The server has the document open: it is told where the carets are. */
  opened(): void {
    if (this.own || this.ownView) this.telling.ask()
  }

  /** Some of what was unsent is confirmed. */
  confirmed(): void {
    if (this.peer.pending === 0 && this.patience) this.announce()
  }

  /** They follow the text; one's own inserting pushes one's own caret on. `by`: the client that has made the changes. */
  map(changes: ChangeSet, by: string): void {
    const map = (ranges: readonly Range[], own: boolean): Range[] =>
      ranges.map(([anchor, head]) => [
        changes.mapPos(anchor, own ? 1 : -1),
        changes.mapPos(head, own ? 1 : -1),
      ])
    const within = (ranges: readonly Range[]): boolean =>
      ranges.every((range) => Math.max(...range) <= changes.length)
    for (const caret of this.others.values()) {
      caret.ranges = map(caret.ranges, caret.client === by)
      if (caret.view) caret.view = map([caret.view], false)[0]!
    }
    if (this.own) this.own = within(this.own) ? map(this.own, by === this.line.client) : null
    if (this.ownView) this.ownView = within([this.ownView]) ? map([this.ownView], false)[0]! : null
  }

  /** Those of others. */
  get shown(): readonly Caret[] {
    return [...this.others.values()]
  }

  /** The server says where others' are now. */
  receive(message: Selections): void {
    const shown = ([anchor, head]: Range): Range => [this.peer.toShown(anchor), this.peer.toShown(head)]
    const others = message.selections.filter(({ client }) => client !== this.line.client)
    if (others.length === 0) return
    for (const { client, name, display_name, color, ranges, view } of others) {
      if ((ranges.length === 0 && !view) || name === null) this.others.delete(client)
      else {
        this.others.set(client, {
          client,
          name,
          display_name: display_name ?? name,
          color: color ?? 1,
          ranges: ranges.map(shown),
          view: view ? shown(view) : null,
        })
      }
    }
    this.show(this.shown)
  }

  /** It is not known where others' are. */
  clear(): void {
    this.others.clear()
    this.show([])
  }

  /** The connection is gone. */
  disconnected(): void {
    this.waitNoLonger()
    if (this.others.size > 0) this.clear()
  }

  /** Nothing is told any more. */
  stop(): void {
    this.telling.stop()
    this.waitNoLonger()
  }

  private announce(): void {
    if (!this.document.live || !(this.own || this.ownView)) return
    if (this.peer.pending === 0) this.tell()
    else this.patience ??= this.line.clock.after(SELECT_PATIENCE, () => this.tell())
  }

  private tell(): void {
    this.waitNoLonger()
    if (!this.document.live || !(this.own || this.ownView)) return
    const at = (position: number): number => this.peer.toConfirmed(Math.min(position, this.peer.text.length))
    const confirmed = ([anchor, head]: Range): Range => [at(anchor), at(head)]
    this.line.send({
      type: 'select',
      doc: this.document.doc,
      version: this.peer.version,
      ranges: (this.own ?? []).map(confirmed),
      ...(this.ownView ? { view: confirmed(this.ownView) } : {}),
    })
  }

  private waitNoLonger(): void {
    this.patience?.()
    this.patience = null
  }
}
