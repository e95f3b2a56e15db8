import { Text } from '@codemirror/state'
import type { CommentBody, FileEntry, Opened } from '../wire/messages'
import { Document } from './document'
import type { Emitter } from './emitter'
import type { ClientEvents } from './events'
import type { Line } from './line'
import { OpenError, Openings, type Opening } from './opening'
import { Peer } from './peer'
import type { Unsaved } from './pending'

/** A push that is not confirmed in this time on a connection that answers is taken for lost. */
const PUSH_WITHIN = 30_000
/** How long `open` waits for the server when there is a kept copy. */
const KEPT_AFTER = 1_500

/** The documents that a client holds: those that the page has open, and those whose edits are not sent yet. */
export class Documents {
  readonly byId = new Map<number, Document>()

  private readonly openings = new Openings()
  /** The last own numbers in documents that were closed. */
  private readonly numbers = new Map<number, number>()
  /** The documents whose text is to be had anew after the next welcome. */
  private readonly anew = new Set<number>()

  constructor(
    private readonly line: Line,
    private readonly events: Emitter<ClientEvents>,
    private readonly online: () => boolean,
  ) {}

  // The page opens and closes

  /** The document that is held for the file already. */
  find(target: { path: string } | { doc: number }): Document | undefined {
    if ('doc' in target) return this.byId.get(target.doc)
    return [...this.byId.values()].find(({ path, deleted }) => path === target.path && !deleted)
  }

  /** Counts one more use. Resolves with the server's word, or after the time after which the kept copy has to do. */
  use(document: Document): Promise<Document> {
    document.uses++
    if (document.live) return Promise.resolve(document)
    return new Promise((resolve) => {
      const done = (): void => {
        cancel()
        off()
        resolve(document)
      }
      const cancel = this.line.clock.after(KEPT_AFTER, done)
      const off = this.events.on('document', (changed) => {
        if (changed === document && (changed.live || changed.deleted)) done()
      })
    })
  }

  /** Asks the server for a file, when its turn has come. Rejects with `OpenError`. */
  open(path: string): Promise<Document> {
    const answer = this.openings.join(path)
    this.openNext()
    return answer
  }

  /** What was kept need not be asked for by its path. */
  openNext(): void {
    for (const opening of this.openings.unasked) {
      const held = this.find(opening)
      if (!held) continue
      this.openings.remove(opening)
      for (const { resolve } of opening.answers) void this.use(held).then(resolve)
    }
    const next = this.online() ? this.openings.next() : undefined
    if (!next) return
    next.asked = true
    this.line.send({ type: 'open', path: next.path })
  }

  opened(message: Opened): void {
    const { asked } = this.openings
    const opening = asked?.path === message.path ? asked : undefined
    let document = this.byId.get(message.doc)
    if (document) {
      document.opened(message)
    } else if (opening && message.text !== undefined) {
      const accepted = message.seq ?? this.numbers.get(message.doc) ?? 0
      const text = Text.of(message.text.split('\n'))
      const peer = Peer.fresh(this.line.client, message.version, text, accepted)
      document = new Document(this.line, message.doc, message.path, message.read_only, peer)
      document.format = message.format ?? null
      this.byId.set(message.doc, document)
    }
    if (document && opening) this.answer(opening, document)
  }

  /** An error that names no document. True if it says that the file that was asked for is not opened. */
  refused(code: string, message: string): boolean {
    const opening = this.openings.refused(code)
    if (opening) this.answer(opening, new OpenError(code, message))
    return opening !== undefined
  }

  private answer(opening: Opening, result: Document | Error): void {
    this.openings.remove(opening)
    for (const { resolve, reject } of opening.answers) {
      if (result instanceof Error) {
        reject(result)
      } else {
        result.uses++
        resolve(result)
      }
    }
    this.openNext()
  }

  /** The page needs the document no more. It is let go when its edits are sent. */
  close(doc: number): void {
    const document = this.byId.get(doc)
    if (!document || document.uses === 0) return
    document.uses--
    if (document.uses > 0) return
    document.see(null)
    document.select([])
    this.letGo(document)
  }

  /** Lets a document go that nobody needs. */
  letGo(document: Document): void {
    if (document.uses > 0 || document.pending > 0 || !this.byId.has(document.doc)) return
    if (this.openings.has(document.path)) return
    this.byId.delete(document.doc)
    this.numbers.set(document.doc, document.confirmedSeq)
    document.release()
    if (document.live) this.line.send({ type: 'close', doc: document.doc })
    document.disconnected()
  }

  /** Nothing is opened any more. */
  end(message: string): void {
    this.openings.end(message)
  }

  // The connection comes and goes

  /** Asks for everything on a new connection. */
  reopen(): void {
    for (const document of this.byId.values()) if (!document.deleted) this.ask(document)
    this.openNext()
  }

  private ask(document: Document): void {
    document.reopen(this.anew.delete(document.doc))
  }

  disconnected(): void {
    this.openings.disconnected()
    for (const document of this.byId.values()) document.disconnected()
  }

  /** There is another client id, which has used no numbers yet. */
  renumber(): void {
    this.numbers.clear()
  }

  /** Whether a push is under way. */
  awaiting(): boolean {
    return [...this.byId.values()].some(({ sentAt }) => sentAt !== null)
  }

  /** Whether a push has been under way for too long. */
  overdue(now: number): boolean {
    return [...this.byId.values()].some(({ sentAt }) => sentAt !== null && now - sentAt >= PUSH_WITHIN)
  }

  // Edits that are not saved

  get unsaved(): Unsaved {
    const unsent = [...this.byId.values()].filter(({ pending }) => pending > 0)
    return { updates: unsent.reduce((sum, { pending }) => sum + pending, 0), documents: unsent.length }
  }

  /** Everything unsent is in the storage when it resolves. */
  async keep(): Promise<void> {
    await Promise.all([...this.byId.values()].map((document) => document.keep()))
  }

  /** A document that was kept. */
  add(document: Document): void {
    this.byId.set(document.doc, document)
    this.events.emit('document', document)
  }

  /** After a conflict: the text is had anew. Once for each document, until something of it is confirmed; then false. Null: all documents. */
  resynchronise(doc: number | null): boolean {
    const which = [...this.byId.values()].filter((document) => doc === null || document.doc === doc)
    if (which.some(({ resynchronised }) => resynchronised)) return false
    for (const document of which) {
      document.resynchronised = true
      this.anew.add(document.doc)
    }
    return true
  }

  /** Takes the server's text for a document and rescues the unsent edits. */
  setAside(doc: number): void {
    const document = this.byId.get(doc)
    if (!document || document.pending === 0) return
    document.setAside('set_aside', null)
    this.anew.add(doc)
    this.line.changed(document)
    if (this.online()) this.ask(document)
  }

  /** Another tab has what was kept; see `Document.surrender`. */
  surrender(standIn: string): void {
    for (const document of this.byId.values()) document.surrender(standIn)
  }

  // What the server says of all

  /** Files may have been renamed. */
  setPaths(files: readonly FileEntry[]): void {
    for (const { doc, path } of files) {
      const document = doc === undefined ? undefined : this.byId.get(doc)
      if (!document || document.path === path) continue
      document.path = path
      this.events.emit('document', document)
    }
  }

  /** A comment speaks of a document, or of none any more. */
  comment(comment: CommentBody): void {
    for (const document of this.byId.values()) {
      if (document.doc === comment.anchor?.doc) document.comment(comment)
      else document.forget(comment.thread)
    }
  }

  setReadOnly(value: boolean): void {
    for (const document of this.byId.values()) document.setReadOnly(value)
  }
}
