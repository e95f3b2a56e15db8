import { Text, type ChangeSet } from '@codemirror/state'
import type { CommentBody, Comments, Opened, Range, Selections, ThreadPlace, Updates } from '../wire/messages'
import { Anchors } from './anchors'
import { Carets, type Caret } from './carets'
import { Keeper } from './keeper'
import type { Line } from './line'
import type { Peer, PushPiece } from './peer'
import type { Rescued } from './storage'
import type { Author, View } from './view'

const KEEP_PATIENCE = 1_000

/** One document that is being edited. The page applies its own edits itself and tells them to `edit`; what others do comes to the attached views. */
export class Document {
  /** The role allows no edits now, or the file was deleted. An edit is taken all the same, and sent when the role allows it. */
  readOnly: boolean
  /** The file is gone. What was unsent is among the rescued texts. */
  deleted = false
  /** How its bytes are written, as the server says: encoding, `bom`, `crlf`; null if it does not say. */
  format: string | null = null
  /** Whether the server has answered on the present connection. */
  live = false
  /** When the push under way was sent, by the clock; null if none is. */
  sentAt: number | null = null
  /** How many times the page holds it open. */
  uses = 0
  /** Opened anew after a broken sequence, and nothing confirmed since. */
  resynchronised = false

  private readonly views = new Set<View>()
  private readonly keeper: Keeper
  private readonly selecting: Carets
  private readonly anchors: Anchors
  /** What was asked of the server: the text, the updates since our version, or both one after the other. */
  private asked: 'nothing' | 'text' | 'updates' | 'both' = 'nothing'
  /** Under another client id than before: the version up to which the updates of the old one are awaited (CL7). */
  private settling: { until: number; accepted: number } | null = null
  private correcting = false
  /** Whether the copy in the storage says that what is unsent may be sent from now on. */
  private keptBefore: 'no' | 'soon' | 'yes' = 'yes'
  private attempts = 0

  constructor(
    private readonly line: Line,
    readonly doc: number,
    public path: string,
    readOnly: boolean,
    private readonly peer: Peer,
    restored = false,
  ) {
    this.readOnly = readOnly
    this.live = !restored
    this.selecting = new Carets(this, line, peer, (carets) => {
      for (const view of this.views) view.selections(carets)
    })
    this.anchors = new Anchors(peer)
    this.keeper = new Keeper(
      line.storage,
      line.clock,
      { session: line.session, account: line.account, doc },
      () => ({ path: this.path, unsent: peer.unsent(), confirmed: peer.confirmed }),
      (error) => line.notKept(error),
    )
    if (restored) this.keeper.adopt(peer.unsent().client)
  }

  /** How many updates the server has confirmed. */
  get version(): number {
    return this.peer.version
  }

  /** The text with the unsent edits. */
  get text(): Text {
    return this.peer.text
  }

  /** How many updates are unsent or under way; 0: everything is saved (CL9). */
  get pending(): number {
    return this.peer.pending
  }

  /** The carets of others, by their places in `text`. */
  get carets(): readonly Caret[] {
    return this.selecting.shown
  }

  /** The threads of comments whose text is there, by their places in `text`. */
  get threads(): readonly ThreadPlace[] {
    return this.anchors.shown
  }

  /** The last own number that is confirmed. */
  get confirmedSeq(): number {
    return this.peer.unsent().first - 1
  }

  /**
   * An edit that a view has applied already. Other views are told; `source` is the view it came from, which may be left out if only one is attached.
   * Raises `RangeError` if it was not made on `text`.
   */
  edit(changes: ChangeSet, source?: View): void {
    if (changes.empty) {
      if (changes.length !== this.text.length)
        throw new RangeError('The edit was not made on the text of the document.')
      return
    }
    const before = this.text
    const taken = this.peer.edit(changes)
    this.anchors.edited()
    this.selecting.map(taken, this.line.client)
    const by = { client: this.line.client, name: this.line.account }
    if (this.views.size > 1) {
      for (const view of this.views) if (view !== source) view.remote(taken, by)
    }
    if (taken !== changes && !changes.apply(before).eq(this.text)) this.correct()
    this.flush()
    this.keeper.touch()
    this.line.changed(this)
  }

  /** Where the carets are here; none: the document is not looked at. Throttled. */
  select(ranges: readonly Range[]): void {
    this.selecting.select(ranges)
  }

  /** What is seen of the text here, from where to where; null: nothing that others need to know. Throttled. */
  see(view: Range | null): void {
    this.selecting.see(view)
  }

  /** Shows the document in a view until the returned function is called. The view has `text` already. */
  attach(view: View): () => void {
    this.views.add(view)
    const carets = this.selecting.shown
    if (carets.length > 0) view.selections(carets)
    if (this.anchors.size > 0) view.threads?.(this.anchors.shown)
    return () => void this.views.delete(view)
  }

  /** Everything unsent is in the storage when it resolves. */
  keep(): Promise<void> {
    return this.keeper.flush()
  }

  // What follows is for the client.

  /** Asks for the document on a new connection. */
  reopen(anew = false): void {
    const { doc } = this
    this.live = false
    this.sentAt = null
    this.settling = null
    this.keptBefore = 'no'
    const version = this.peer.version
    if (anew) {
      this.asked = 'text'
      this.line.send({ type: 'open', doc })
    } else if (this.peer.pending > 0 && !this.peer.belongsTo(this.line.client)) {
      // What the old id had accepted is in the updates since our version. The text tells how far they go.
      this.asked = 'both'
      this.line.send({ type: 'open', doc })
      this.line.send({ type: 'open', doc, version })
    } else {
      this.asked = 'updates'
      this.line.send({ type: 'open', doc, version })
    }
  }

  /** The connection is gone. */
  disconnected(): void {
    this.live = false
    this.asked = 'nothing'
    this.sentAt = null
    this.settling = null
    this.selecting.disconnected()
  }

  opened(message: Opened): void {
    if (this.asked === 'nothing') return
    this.path = message.path
    this.format = message.format ?? null
    this.readOnly = message.read_only
    this.deleted = false
    const accepted = message.seq ?? null
    if (this.asked === 'both' && message.text !== undefined) {
      this.asked = 'updates'
      this.settling = { until: message.version, accepted: accepted ?? 0 }
      return
    }
    const text = message.text === undefined ? null : Text.of(message.text.split('\n'))
    if (text && !this.renew(message.version, text, accepted)) return this.line.takeNewId()
    if (!text && (message.version !== this.peer.version || !this.resume(accepted))) return this.reopen(true)
    this.asked = 'nothing'
    this.live = true
    this.settle()
    this.flush()
    this.selecting.opened()
    this.keeper.touch()
    this.line.changed(this)
  }

  private resume(accepted: number | null): boolean {
    if (this.peer.belongsTo(this.line.client)) return this.peer.resume(accepted)
    if (!this.settling) this.renumber(accepted ?? 0)
    return true
  }

  /** False if it is not known any more which numbers the server has from us. */
  private renew(version: number, text: Text, accepted: number | null): boolean {
    this.settling = null
    let sure = true
    if (!this.peer.reset(this.line.client, version, text, accepted)) {
      this.line.rescue(this, 'unknown', text.toString())
      this.peer.replace(this.line.client, version, text, accepted)
      sure = accepted !== null
    }
    this.anchors.put(-1, [])
    for (const view of this.views) view.reset(this.text)
    this.showThreads()
    this.selecting.clear()
    this.keeper.rebased()
    return sure
  }

  private settle(): void {
    if (!this.settling || this.peer.version < this.settling.until) return
    const { accepted } = this.settling
    this.settling = null
    this.renumber(accepted)
  }

  private renumber(accepted: number): void {
    this.peer.renumber(this.line.client, accepted)
    this.keptBefore = 'no'
  }

  updates(message: Updates): void {
    if (!this.live) return
    if (message.version > this.peer.version) return this.line.broken(this)
    const own = this.peer.pending
    for (const [i, update] of message.updates.entries()) {
      if (message.version + i !== this.peer.version) continue
      const received = this.peer.receive(update)
      if (received.kind === 'diverged') return this.diverged()
      this.anchors.follow(update.changes)
      this.keeper.confirmed(update.changes)
      if (received.kind === 'remote') this.show(received.changes, { client: update.client, name: update.by })
    }
    this.settle()
    // What views did with their own places is exact only where nothing was unconfirmed.
    if (own > 0 && this.anchors.size > 0) this.showThreads()
    if (this.peer.sent === 0) this.sentAt = null
    if (this.peer.pending < own) this.resynchronised = false
    this.flush()
    this.selecting.confirmed()
    this.keeper.touch()
    this.line.changed(this)
  }

  private diverged(): void {
    this.line.rescue(this, 'diverged', this.peer.confirmed.toString())
    this.reopen(true)
  }

  selections(message: Selections): void {
    if (this.live) this.selecting.receive(message)
  }

  /** Where all threads are, as the server says when the document was opened. */
  comments(message: Comments): void {
    if (!this.live) return
    this.anchors.put(message.version, message.threads)
    this.showThreads()
  }

  /** A comment was made or changed: its thread is where it says. */
  comment({ thread: id, anchor, resolved }: CommentBody): void {
    if (this.live && this.anchors.set(id, anchor && { ...anchor, id, resolved })) this.showThreads()
  }

  /** A thread is not there any more. */
  forget(thread: string): void {
    if (this.anchors.set(thread, null)) this.showThreads()
  }

  private showThreads(): void {
    for (const view of this.views) view.threads?.(this.anchors.shown)
  }

  /** The file is gone on the server. */
  gone(): void {
    if (this.deleted) return
    this.deleted = true
    this.readOnly = true
    this.live = false
    this.asked = 'nothing'
    this.sentAt = null
    if (this.pending > 0) this.setAside('deleted', null)
    this.line.changed(this)
  }

  /** Lets unsent edits go, after they have been rescued. */
  setAside(reason: Rescued['reason'], theirs: string | null): void {
    this.line.rescue(this, reason, theirs)
    this.letEditsGo()
    void this.keeper.remove()
  }

  /**
   * Another tab has our client id, and with it what was kept under it: that tab sends it, or whoever takes it up after. Here the document goes on
   * without it. What was typed too late to be kept is rescued. What is typed before there is a new id is kept under `standIn`.
   */
  surrender(standIn: string): void {
    if (this.pending > 0 && this.keeper.late) {
      this.line.rescue(this, 'taken_over', this.peer.confirmed.toString())
    }
    this.letEditsGo(standIn)
    this.keeper.leave()
    this.line.changed(this)
  }

  private letEditsGo(client?: string): void {
    const changed = this.pending > 0
    const { client: same, first } = this.peer.unsent()
    this.peer.replace(client ?? same, this.peer.version, this.peer.confirmed, first - 1)
    this.anchors.edited()
    if (!changed) return
    for (const view of this.views) view.reset(this.text)
    this.showThreads()
  }

  /** The server has refused the push for want of the role. */
  refused(): void {
    this.sentAt = null
    this.readOnly = true
    this.line.changed(this)
  }

  setReadOnly(value: boolean): void {
    this.readOnly = value || this.deleted
    this.flush()
    this.line.changed(this)
  }

  /** Nobody looks any more. */
  release(): void {
    this.selecting.stop()
    void this.keeper.flush()
  }

  /** Sends what waits, if it may go now (CL2, CL4). */
  private flush(): void {
    if (!this.live || this.readOnly || this.settling || this.sentAt !== null || !this.peer.caughtUp) return
    if (this.keptBefore !== 'yes' && this.pending > 0) return this.keepBefore()
    this.keptBefore = 'yes'
    const piece: PushPiece | null = this.peer.resend() ?? this.peer.push()
    if (!piece) return
    this.sentAt = this.line.clock.now()
    this.line.send({ type: 'push', doc: this.doc, ...piece })
  }

  /**
   * After a break the unsent edits are kept once more before they are sent: as such that may be sent, and under the client id that they are sent
   * under. Else a crash in between would leave a copy that would be sent again as new. A storage that hangs is not waited for.
   */
  private keepBefore(): void {
    if (this.keptBefore === 'soon') return
    this.keptBefore = 'soon'
    const attempt = ++this.attempts
    const done = (): void => {
      cancel()
      if (this.keptBefore !== 'soon' || attempt !== this.attempts) return
      this.keptBefore = 'yes'
      this.flush()
    }
    const cancel = this.line.clock.after(KEEP_PATIENCE, done)
    void this.keeper.flush().then(done)
  }

  private show(changes: ChangeSet, by: Author): void {
    if (changes.empty) return
    this.selecting.map(changes, by.client)
    for (const view of this.views) {
      try {
        view.remote(changes, by)
      } catch (error) {
        // A view that cannot follow must not show another text than the document's.
        view.reset(this.text)
        queueMicrotask(() => {
          throw error
        })
      }
    }
  }

  /** What was typed holds something that no text may: the views get the text as it was taken, after the one that typed it is done. */
  private correct(): void {
    if (this.correcting) return
    this.correcting = true
    queueMicrotask(() => {
      this.correcting = false
      for (const view of this.views) view.reset(this.text)
    })
  }
}
