import { Text } from '@codemirror/state'
import {
  PROTOCOL,
  type ChatMessage,
  type Comment,
  type Failure,
  type FileEntry,
  type Opened,
  type Person,
  type Revision,
  type Role,
  type SessionInfo,
  type ServerMessage,
  type Welcome,
} from '../wire/messages'
import { parseChanges } from '../wire/changes'
import { systemClock, type Clock } from './clock'
import { Connection, type SocketLike } from './connection'
import { Document, type Line } from './document'
import { Events } from './events'
import { Peer } from './peer'
import type { Kept, Rescued, Storage } from './storage'
import { SoleTab, type Tab } from './tabs'

export { Document } from './document'
export type { Author, Caret, View } from './document'
export type { Clock } from './clock'
export type { SocketLike } from './connection'
export type { Kept, Rescued, Storage } from './storage'

export type Status = 'connecting' | 'online' | 'offline' | 'closed'

/** Why a client is closed, when it is. `refused`: the server did not take what it was sent; the text is kept. */
export type Reason = 'stopped' | 'logged_out' | 'removed' | 'deleted' | 'refused' | 'protocol' | 'not_found'

export interface StatusEvent {
  status: Status
  reason: Reason | null
  /** The server's sentence for people, if it said one. */
  message: string | null
  /** The document whose edits were refused. */
  doc: number | null
  /** When offline: milliseconds until the next attempt. */
  retryIn: number | null
}

/** The truth about what is not saved (CL9): updates of this tab, and those that dead tabs left and that are being sent. */
export interface PendingEvent {
  updates: number
  documents: number
  /** Since when, by the clock; null if everything is saved. */
  since: number | null
}

export interface ErrorEvent {
  code: string
  message: string
  fatal: boolean
  doc: number | null
}

export interface ClientEvents {
  status: StatusEvent
  welcome: Welcome
  people: Person[]
  files: FileEntry[]
  chat: ChatMessage
  comment: Comment
  revision: Revision
  role: Role
  /** The session's title, and whether it is archived: with the welcome and whenever it changes. */
  session: SessionInfo
  pending: PendingEvent
  /** A document's `readOnly`, `path`, `deleted` or `pending` may be another. */
  document: Document
  error: ErrorEvent
  /** A text that could not be merged, to be shown beside the server's until `dismiss`. */
  kept: Rescued
}

export interface ClientOptions {
  session: string
  /** The account's name. */
  account: string
  /** Makes a new connection to the live protocol; called for each attempt. */
  connect: () => SocketLike
  storage: Storage
  tab?: Tab
  clock?: Clock
  /** From 0 to 1, for the pauses between attempts. */
  random?: () => number
  /** A browser does not say why a handshake was refused. This is asked after one; null: try again. */
  whyRefused?: () => Promise<{ reason: Reason; message: string } | null>
  /** Whether to send what dead tabs left behind; true if not given. */
  sendLeftBehind?: boolean
}

/** A document could not be opened. `code` is the server's, as `no_document` or `not_text`. */
export class OpenError extends Error {
  override readonly name = 'OpenError'

  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message)
  }
}

const RETRY_AFTER_TOO_FAST = 5_000
/** A push that is not confirmed in this time on a connection that answers is taken for lost. */
const PUSH_WITHIN = 30_000
/** How long `open` waits for the server when there is a kept copy. */
const KEPT_AFTER = 1_500
/** A copy with nothing unsent is left by a tab that died at that moment; younger ones may be a live tab's. */
const FORGOTTEN_AFTER = 3_600_000

interface Opening {
  path: string
  asked: boolean
  answers: { resolve: (document: Document) => void; reject: (error: Error) => void }[]
}

/**
 * One session's live connection and its documents.
 *
 *     start ─▶ connecting ─▶ online ─▶ offline ─▶ connecting …          closed: for good, until start or retryNow
 *
 * After any break it comes back with its client id, opens its documents at their versions, takes the missed updates and sends what is left (CL4).
 */
export class Client {
  readonly session: string
  readonly account: string
  status: Status = 'connecting'
  reason: Reason | null = null
  /** What the last `welcome` and the messages since have said. */
  welcome: Welcome | null = null
  people: Person[] = []
  files: FileEntry[] = []
  role: Role | null = null
  archived = false
  /** The open documents, by id; also those that are only held until their edits are sent. */
  readonly documents = new Map<number, Document>()
  /** Texts that could not be merged and were not dismissed yet. */
  readonly rescued = new Map<string, Rescued>()

  private readonly events = new Events<ClientEvents>()
  private readonly options: ClientOptions
  private readonly clock: Clock
  private readonly storage: Storage
  private readonly tab: Tab
  private readonly line: Line
  private readonly connection: Connection
  private running = false
  private clientId: string | null = null
  /** The id is from a life before this one: numbers may have been used that we do not know. */
  private inherited = false
  private prepared: Promise<void> | null = null
  private lastFailure: Failure | null = null
  private readonly openings: Opening[] = []
  /** The last own numbers in documents that were closed. */
  private readonly numbers = new Map<number, number>()
  /** The documents whose text is to be had anew after the next welcome. */
  private readonly anew = new Set<number>()
  private leftBehind: string[] = []
  private onlineBefore = false
  private readonly senders = new Map<string, Client>()
  private pendingSince: number | null = null
  private pendingTold = 0

  constructor(options: ClientOptions) {
    this.options = options
    this.session = options.session
    this.account = options.account
    this.clock = options.clock ?? systemClock
    this.storage = options.storage
    this.tab = options.tab ?? new SoleTab()
    const id = (): string => this.clientId ?? ''
    this.line = {
      session: options.session,
      account: options.account,
      clock: this.clock,
      storage: options.storage,
      get client() {
        return id()
      },
      send: (message) => this.connection.send(message),
      changed: (document) => this.changed(document),
      broken: () => this.connection.renew(),
      takeNewId: () => this.takeNewId(),
      rescue: (document, reason, theirs) => this.rescue(document, reason, theirs),
      notKept: (error) => this.notKept(error),
    }
    this.connection = new Connection(
      {
        beforeAttempt: () => this.confirmId(),
        attempting: () => {
          if (this.status !== 'connecting') this.become('connecting')
        },
        opened: () => this.hello(),
        message: (message) => this.handle(message),
        malformed: ({ message }) =>
          this.events.emit('error', { code: 'malformed', message, fatal: false, doc: null }),
        disconnected: () => this.disconnected(),
        closed: (code, opened) => this.closed(code, opened),
        waiting: (ms) => this.become('offline', ms),
        overdue: (now) =>
          [...this.documents.values()].some(({ sentAt }) => sentAt !== null && now - sentAt >= PUSH_WITHIN),
      },
      options.connect,
      this.clock,
      options.random ?? Math.random,
    )
  }

  on<K extends keyof ClientEvents>(event: K, handler: (value: ClientEvents[K]) => void): () => void {
    return this.events.on(event, handler)
  }

  /** The id that the server has given to this client; null before the first welcome. */
  get client(): string | null {
    return this.clientId
  }

  // Life

  /** Takes up what was kept and connects. */
  start(): void {
    if (this.running) return
    this.running = true
    this.become('connecting')
    this.prepared ??= this.prepare()
    void this.prepared.then(() => {
      if (this.running) this.connection.start()
    })
  }

  /** Ends the connection. What is unsent stays kept; `start` goes on from here. */
  stop(): void {
    this.end('stopped', null, null)
  }

  /** Connects now if it is not, and makes sure of the connection if it is: for when the network is back or the page is looked at again. */
  retryNow(): void {
    if (!this.running) return this.status === 'closed' && this.reason !== 'stopped' ? this.start() : undefined
    for (const sender of this.senders.values()) sender.retryNow()
    if (this.status !== 'connecting') this.connection.retryNow()
  }

  /** Everything unsent is in the storage when it resolves. Call it when the page goes. */
  async flush(): Promise<void> {
    await Promise.all([...this.documents.values()].map((document) => document.keep()))
  }

  // Documents

  /**
   * Opens a document. Each open is balanced by a `close`. It resolves when there is text: from the server or, when the server does not answer in
   * 1.5 s, from unsent edits that were kept. Rejects with `OpenError` if the server says no, or when the client is closed for good.
   */
  open(target: { path: string } | { doc: number }): Promise<Document> {
    const held = 'doc' in target ? this.documents.get(target.doc) : this.heldAt(target.path)
    if (held) return this.use(held)
    const path = 'path' in target ? target.path : this.files.find((file) => file.doc === target.doc)?.path
    if (path === undefined) return Promise.reject(new OpenError('no_document', 'There is no such file.'))
    if (this.status === 'closed') return Promise.reject(new OpenError('closed', 'The connection is closed.'))
    return new Promise((resolve, reject) => {
      let opening = this.openings.find((o) => o.path === path)
      if (!opening) this.openings.push((opening = { path, asked: false, answers: [] }))
      opening.answers.push({ resolve, reject })
      this.askNext()
    })
  }

  private heldAt(path: string): Document | undefined {
    return [...this.documents.values()].find((document) => document.path === path && !document.deleted)
  }

  /** Resolves with the server's word, or after the time after which the kept copy has to do. */
  private use(document: Document): Promise<Document> {
    document.uses++
    if (document.live) return Promise.resolve(document)
    return new Promise((resolve) => {
      const done = (): void => {
        cancel()
        off()
        resolve(document)
      }
      const cancel = this.clock.after(KEPT_AFTER, done)
      const off = this.events.on('document', (changed) => {
        if (changed === document && (changed.live || changed.deleted)) done()
      })
    })
  }

  /** The page needs the document no more. It is let go when its edits are sent. */
  close(doc: number): void {
    const document = this.documents.get(doc)
    if (!document || document.uses === 0) return
    document.uses--
    if (document.uses > 0) return
    document.select([])
    this.letGo(document)
  }

  private letGo(document: Document): void {
    if (document.uses > 0 || document.pending > 0 || !this.documents.has(document.doc)) return
    if (this.openings.some(({ path }) => path === document.path)) return
    this.documents.delete(document.doc)
    this.numbers.set(document.doc, document.confirmedSeq)
    document.release()
    if (document.live) this.connection.send({ type: 'close', doc: document.doc })
    document.disconnected()
  }

  /** Takes the server's text for a document and rescues the unsent edits, to be shown beside it: when the server refuses them. */
  setAside(doc: number): void {
    const document = this.documents.get(doc)
    if (!document || document.pending === 0) return
    document.setAside('set_aside', null)
    this.anew.add(doc)
    this.changed(document)
    if (this.status === 'online') this.reopen(document)
  }

  /** A rescued text was looked at and is not needed any more. */
  dismiss(id: string): void {
    this.rescued.delete(id)
    this.storage.dismiss(id).catch((error: unknown) => this.notKept(error))
  }

  /** Says something to all. It is lost when not online: then false. */
  chat(text: string): boolean {
    if (this.status !== 'online') return false
    this.connection.send({ type: 'chat', text })
    return true
  }

  // What was kept

  private async prepare(): Promise<void> {
    let kept: Kept[] = []
    try {
      const [edits, texts] = await Promise.all([
        this.storage.load(this.session, this.account),
        this.storage.rescued(this.session, this.account),
      ])
      kept = edits.sort((a, b) => b.savedAt - a.savedAt)
      for (const text of texts) this.tellRescued(text)
    } catch (error) {
      this.notKept(error)
    }
    const unsent = kept.filter((one) => one.changes.length > 0)
    const ids = [...new Set(unsent.map((one) => one.client))]
    this.clientId = await this.tab.claim(ids)
    this.inherited = this.clientId !== null
    const old = this.clock.now() - FORGOTTEN_AFTER
    for (const one of kept) {
      const mine = one.client === this.clientId
      if (mine && one.changes.length > 0) this.takeUp(one)
      else if (one.changes.length === 0 && (mine || one.savedAt < old)) {
        await this.storage
          .drop(this.session, one.client, one.doc)
          .catch((error: unknown) => this.notKept(error))
      }
    }
    if (this.options.sendLeftBehind ?? true) this.leftBehind = ids.filter((id) => id !== this.clientId)
    this.tellPending()
    this.askNext()
  }

  private takeUp(kept: Kept): void {
    try {
      let base = Text.of(kept.base.split('\n'))
      for (const changes of kept.since) base = parseChanges(changes).apply(base)
      const { client, first, sent, mayBeSent } = kept
      const changes = kept.changes.map(parseChanges)
      const peer = Peer.restored(
        { client, version: kept.baseVersion + kept.since.length, first, sent, mayBeSent, changes },
        base,
      )
      const document = new Document(this.line, kept.doc, kept.path, false, peer, true)
      this.documents.set(kept.doc, document)
      this.events.emit('document', document)
    } catch (error) {
      this.notKept(error)
    }
  }

  /** What dead tabs left is sent by a connection of its own under their id: so the server knows which of it it has already (CL7). */
  private async sendLeftBehind(): Promise<void> {
    for (const client of this.leftBehind.splice(0)) {
      if (!(await this.tab.borrow(client))) continue
      const sender = new Client({ ...this.options, tab: new SoleTab(client), sendLeftBehind: false })
      this.senders.set(client, sender)
      sender.on('kept', (text) => this.tellRescued(text))
      sender.on('pending', () => {
        this.tellPending()
        if (sender.pendingSince === null) this.sentLeftBehind(client, sender)
      })
      sender.on('status', ({ status }) => {
        if (status === 'closed') this.sentLeftBehind(client, sender)
      })
      sender.start()
      await sender.prepared
      if (sender.pending.updates === 0) this.sentLeftBehind(client, sender)
    }
  }

  private sentLeftBehind(client: string, sender: Client): void {
    if (!this.senders.delete(client)) return
    void sender.flush().then(() => sender.stop())
    this.tab.release(client)
    this.tellPending()
  }

  private rescue(document: Document, reason: Rescued['reason'], theirs: string | null): void {
    const at = this.clock.now()
    const text: Rescued = {
      id: `${this.clientId}.${document.doc}.${at}.${this.rescued.size}`,
      session: this.session,
      account: this.account,
      doc: document.doc,
      path: document.path,
      reason,
      mine: document.text.toString(),
      theirs,
      at,
    }
    this.storage.rescue(text).catch((error: unknown) => this.notKept(error))
    this.tellRescued(text)
  }

  private tellRescued(text: Rescued): void {
    if (this.rescued.has(text.id)) return
    this.rescued.set(text.id, text)
    this.events.emit('kept', text)
  }

  private notKept(error: unknown): void {
    const why = error instanceof Error ? error.message : String(error)
    this.events.emit('error', {
      code: 'not_kept',
      message: `The browser cannot keep unsent edits (${why}). Do not close this page before they are saved.`,
      fatal: false,
      doc: null,
    })
  }

  // The connection

  /** A tab that was asleep did not answer when another asked for its id. */
  private confirmId(): Promise<void> | null {
    const { clientId } = this
    if (clientId === null || !this.onlineBefore) return null
    return this.tab.confirm(clientId).then((mine) => {
      if (!mine && this.clientId === clientId) this.surrender()
    })
  }

  private hello(): void {
    this.lastFailure = null
    const id = this.clientId === null ? {} : { client: this.clientId }
    this.connection.send({ type: 'hello', protocol: PROTOCOL, ...id })
  }

  private disconnected(): void {
    for (const opening of this.openings) opening.asked = false
    for (const document of this.documents.values()) document.disconnected()
  }

  private closed(code: number, opened: boolean): void {
    const failure = this.lastFailure
    this.lastFailure = null
    const message = failure?.message ?? null
    const doc = failure?.doc ?? null
    const why = failure?.code
    if (code === 4401) this.end('logged_out', message, null)
    else if (code === 4403) this.end(why === 'deleted' ? 'deleted' : 'removed', message, null)
    else if (why === 'no_session') this.end('not_found', message, null)
    else if (why === 'unknown_protocol') this.end('protocol', message, null)
    else if (code === 4400 || code === 4413 || (code === 4409 && !this.recovers(why, doc))) {
      this.end('refused', message, doc)
    } else {
      this.connection.retryLater(code === 4429 ? RETRY_AFTER_TOO_FAST : 0)
      if (!opened) void this.askWhy()
    }
  }

  /** Whether there is something to be done about a conflict but to tell. */
  private recovers(code: string | undefined, doc: number | null): boolean {
    if (code === 'taken_over') this.surrender()
    return code === 'taken_over' || code === 'too_far_behind' || this.resynchronise(doc)
  }

  /** Once for each document, until something of it is confirmed. */
  private resynchronise(doc: number | null): boolean {
    const which = [...this.documents.values()].filter((document) => doc === null || document.doc === doc)
    if (which.some((document) => document.resynchronised)) return false
    for (const document of which) {
      document.resynchronised = true
      this.anew.add(document.doc)
    }
    return true
  }

  private async askWhy(): Promise<void> {
    const why = await this.options.whyRefused?.().catch(() => null)
    if (why && this.running && this.status !== 'online') this.end(why.reason, why.message, null)
  }

  /** The tab has the old id still, so that nobody else takes up what was kept under it. */
  private takeNewId(): void {
    this.clientId = null
    this.inherited = false
    this.connection.renew()
  }

  /** Another tab has our id: it is not ours any more, nor is what was kept under it, unless it turns out that no tab has it. */
  private surrender(): void {
    if (this.clientId === null) return
    this.tab.release(this.clientId)
    if (this.options.sendLeftBehind ?? true) this.leftBehind.push(this.clientId)
    this.clientId = null
    this.inherited = false
    // The server knows no such id, and gives a new one for it.
    const standIn = `none.${this.clock.now()}.${(this.options.random ?? Math.random)()}`
    this.tab.hold(standIn)
    for (const document of this.documents.values()) document.surrender(standIn)
  }

  private end(reason: Reason, message: string | null, doc: number | null): void {
    this.running = false
    this.connection.stop()
    for (const sender of this.senders.values()) sender.stop()
    for (const opening of this.openings.splice(0)) {
      for (const { reject } of opening.answers)
        reject(new OpenError('closed', message ?? 'The connection is closed.'))
    }
    void this.flush()
    this.become('closed', null, reason, message, doc)
  }

  private become(
    status: Status,
    retryIn: number | null = null,
    reason: Reason | null = null,
    message: string | null = null,
    doc: number | null = null,
  ): void {
    this.status = status
    this.reason = reason
    this.events.emit('status', { status, reason, message, doc, retryIn })
  }

  // Messages

  private handle(message: ServerMessage): void {
    switch (message.type) {
      case 'welcome':
        return this.welcomed(message)
      case 'opened':
        return this.opened(message)
      case 'updates':
        return this.documents.get(message.doc)?.updates(message)
      case 'selections':
        return this.documents.get(message.doc)?.selections(message)
      case 'people':
        this.people = message.people
        return this.events.emit('people', message.people)
      case 'files':
        return this.haveFiles(message.files)
      case 'chat':
        return this.events.emit('chat', message)
      case 'comment':
        return this.events.emit('comment', message)
      case 'revision':
        return this.events.emit('revision', message)
      case 'role':
        return this.haveRole(message.role)
      case 'session':
        return this.haveSession(message.session)
      case 'error':
        return this.failed(message)
      case 'pong':
        return
    }
  }

  private welcomed(message: Welcome): void {
    if (message.protocol !== PROTOCOL)
      return this.end('protocol', 'Load the page again: the server is another version.', null)
    if (message.client !== this.clientId) {
      this.clientId = message.client
      this.inherited = false
      this.numbers.clear()
    }
    this.tab.hold(message.client)
    this.onlineBefore = true
    this.welcome = message
    this.people = message.people
    this.role = message.you.role
    this.archived = message.session.archived ?? false
    this.connection.online()
    this.become('online')
    this.events.emit('welcome', message)
    this.events.emit('session', message.session)
    this.haveFiles(message.files)
    this.events.emit('people', message.people)
    this.events.emit('role', message.you.role)
    for (const document of this.documents.values()) if (!document.deleted) this.reopen(document)
    this.askNext()
    void this.sendLeftBehind()
  }

  private reopen(document: Document): void {
    document.reopen(this.anew.delete(document.doc))
  }

  private haveFiles(files: FileEntry[]): void {
    this.files = files
    for (const { doc, path } of files) {
      const document = doc === undefined ? undefined : this.documents.get(doc)
      if (!document || document.path === path) continue
      document.path = path
      this.events.emit('document', document)
    }
    this.events.emit('files', files)
  }

  private haveRole(role: Role): void {
    this.role = role
    this.setReadOnly()
    this.events.emit('role', role)
  }

  private haveSession(session: SessionInfo): void {
    this.archived = session.archived ?? false
    this.setReadOnly()
    this.events.emit('session', session)
  }

  private setReadOnly(): void {
    const mayEdit = !this.archived && (this.role === 'owner' || this.role === 'editor')
    for (const document of this.documents.values()) document.setReadOnly(!mayEdit)
  }

  /** One file at a time: the server's refusal does not say of which. What was kept need not be asked for by its path. */
  private askNext(): void {
    for (const opening of this.openings.filter(({ asked }) => !asked)) {
      const held = this.heldAt(opening.path)
      if (!held) continue
      this.openings.splice(this.openings.indexOf(opening), 1)
      for (const { resolve } of opening.answers) void this.use(held).then(resolve)
    }
    if (this.status !== 'online' || this.openings.some((opening) => opening.asked)) return
    const next = this.openings[0]
    if (!next) return
    next.asked = true
    this.connection.send({ type: 'open', path: next.path })
  }

  private opened(message: Opened): void {
    if (message.seq === undefined && this.inherited) {
      // A server that does not say which numbers were used in the life before.
      return this.takeNewId()
    }
    const opening = this.openings.find((o) => o.asked && o.path === message.path)
    let document = this.documents.get(message.doc)
    if (document) {
      document.opened(message)
    } else if (opening && message.text !== undefined) {
      const accepted = message.seq ?? this.numbers.get(message.doc) ?? 0
      const text = Text.of(message.text.split('\n'))
      const peer = Peer.fresh(this.clientId ?? '', message.version, text, accepted)
      document = new Document(this.line, message.doc, message.path, message.read_only, peer)
      this.documents.set(message.doc, document)
    }
    if (document && opening) this.answer(opening, document)
  }

  private answer(opening: Opening, result: Document | Error): void {
    this.openings.splice(this.openings.indexOf(opening), 1)
    for (const { resolve, reject } of opening.answers) {
      if (result instanceof Error) {
        reject(result)
      } else {
        result.uses++
        resolve(result)
      }
    }
    this.askNext()
  }

  private failed(message: Failure): void {
    const { code, doc, fatal } = message
    if (fatal) this.lastFailure = message
    const document = doc === undefined ? undefined : this.documents.get(doc)
    const opening = this.openings.find((o) => o.asked)
    if (!fatal && doc === undefined && opening && OPENING_REFUSED.has(code)) {
      return this.answer(opening, new OpenError(code, message.message))
    }
    this.events.emit('error', { code, message: message.message, fatal, doc: doc ?? null })
    if (!document || fatal) return
    if (code === 'document_deleted' || code === 'no_document') document.gone()
    else if (document.sentAt !== null) this.pushRefused(document, message)
  }

  private pushRefused(document: Document, { code, message }: Failure): void {
    if (code === 'read_only' || code === 'not_allowed' || code === 'archived') document.refused()
    // The file is being deleted: what becomes of it follows.
    else if (code !== 'document_frozen') this.end('refused', message, document.doc)
  }

  // What is pending

  private changed(document: Document): void {
    this.events.emit('document', document)
    this.tellPending()
    if (document.pending === 0 && document.uses === 0 && document.live) this.letGo(document)
  }

  /** What is not saved, now. */
  get pending(): PendingEvent {
    const unsent = [...this.documents.values()].filter((document) => document.pending > 0)
    const left = [...this.senders.values()].map((sender) => sender.pending)
    return {
      updates:
        unsent.reduce((sum, document) => sum + document.pending, 0) +
        left.reduce((sum, one) => sum + one.updates, 0),
      documents: unsent.length + left.reduce((sum, one) => sum + one.documents, 0),
      since: this.pendingSince,
    }
  }

  private tellPending(): void {
    const { updates } = this.pending
    if (updates === 0) this.pendingSince = null
    else this.pendingSince ??= this.clock.now()
    if (updates === 0 && this.pendingTold === 0) return
    this.pendingTold = updates
    this.events.emit('pending', this.pending)
  }
}

const OPENING_REFUSED = new Set([
  'no_document',
  'not_text',
  'document_too_large',
  'not_found',
  'conflict',
  'too_large',
])
