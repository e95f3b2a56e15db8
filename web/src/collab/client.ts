import { PROTOCOL } from '../wire/messages'
import type { Failure, FileEntry, Person, Role, ServerMessage, SessionInfo, Welcome } from '../wire/messages'
import { systemClock, type Clock } from './clock'
import { Connection, type SocketLike } from './connection'
import type { Document } from './document'
import { Documents } from './documents'
import { Emitter } from './emitter'
import type { ClientEvents, PendingEvent, Reason, Status } from './events'
import { filesAfter } from './filelist'
import { Identity } from './identity'
import { Leftovers } from './leftovers'
import type { Line } from './line'
import { OpenError } from './opening'
import { Pending } from './pending'
import { Rescue } from './rescue'
import { restore } from './restore'
import type { Rescued, Storage } from './storage'
import { SoleTab, type Tab } from './tabs'

export { Document } from './document'
export type { Caret } from './carets'
export type { Clock } from './clock'
export type { SocketLike } from './connection'
export type { ClientEvents, ErrorEvent, PendingEvent, Reason, Status, StatusEvent } from './events'
export { OpenError } from './opening'
export type { Kept, Rescued, Storage } from './storage'
export type { Author, View } from './view'

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

const RETRY_AFTER_TOO_FAST = 5_000
/** What one types after these would be for nobody. */
const SHUT: ReadonlySet<Reason> = new Set(['removed', 'deleted', 'not_found'])

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
  /** The session can be read and not changed, whatever the role. */
  archived = false
  /** There is no session to come back to, or not any more: nothing can be typed until there is a welcome again. */
  shut = false
  /** Resolves when what was kept is taken up; null before the first `start`. */
  prepared: Promise<void> | null = null

  private readonly events = new Emitter<ClientEvents>()
  private readonly identity: Identity
  private readonly connection: Connection
  private readonly line: Line
  private readonly held: Documents
  private readonly rescue: Rescue
  private readonly leftovers: Leftovers
  private readonly unsaved: Pending
  private running = false
  private readonly clock: Clock
  private lastFailure: Failure | null = null
  private looking: { path: string | null; idleSince: number | null } = { path: null, idleSince: null }

  constructor(private readonly options: ClientOptions) {
    const { session, account, storage, clock = systemClock, random = Math.random } = options
    const tab = options.tab ?? new SoleTab()
    this.session = session
    this.clock = clock
    this.account = account
    const identity = new Identity(tab, clock, random)
    this.identity = identity
    this.line = {
      session,
      account,
      clock,
      storage,
      get client() {
        return identity.client ?? ''
      },
      send: (message) => this.connection.send(message),
      changed: (document) => this.changed(document),
      broken: () => this.connection.renew(),
      takeNewId: () => this.takeNewId(),
      rescue: (document, reason, theirs) => this.rescue.add(document, reason, theirs),
      notKept: (error) => this.notKept(error),
    }
    this.held = new Documents(this.line, this.events, () => this.status === 'online')
    this.rescue = new Rescue(this.line, this.events)
    this.leftovers = new Leftovers(tab, {
      sender: (client) => new Client({ ...options, tab: new SoleTab(client), sendLeftBehind: false }),
      rescued: (text) => this.rescue.tell(text),
      changed: () => this.unsaved.tell(),
    })
    this.unsaved = new Pending(clock, this.events, [this.held, this.leftovers])
    this.connection = new Connection(
      {
        beforeAttempt: () => this.confirmId(),
        attempting: () => {
          if (this.status !== 'connecting') this.become('connecting')
        },
        opened: () => this.hello(),
        message: (message) => this.handle(message),
        malformed: ({ message }) => this.tellError('malformed', message),
        disconnected: () => this.held.disconnected(),
        closed: (code, opened) => this.closed(code, opened),
        waiting: (ms) => this.become('offline', ms),
        awaiting: () => this.held.awaiting(),
        overdue: (now) => this.held.overdue(now),
      },
      options.connect,
      clock,
      random,
    )
  }

  on<K extends keyof ClientEvents>(event: K, handler: (value: ClientEvents[K]) => void): () => void {
    return this.events.on(event, handler)
  }

  /** The id that the server has given to this client; null before the first welcome. */
  get client(): string | null {
    return this.identity.client
  }

  /** The open documents, by id; also those that are only held until their edits are sent. */
  get documents(): ReadonlyMap<number, Document> {
    return this.held.byId
  }

  /** Texts that could not be merged and were not dismissed yet. */
  get rescued(): ReadonlyMap<string, Rescued> {
    return this.rescue.texts
  }

  /** What is not saved, now. */
  get pending(): PendingEvent {
    return this.unsaved.now
  }

  // What the page asks for

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
    this.leftovers.retryNow()
    if (this.status !== 'connecting') this.connection.retryNow()
  }

  /** The system says that there is no network: makes sure of the connection, with little patience. */
  networkLost(): void {
    if (this.running) this.connection.networkLost()
  }

  /** Everything unsent is in the storage when it resolves. Call it when the page goes. */
  flush(): Promise<void> {
    return this.held.keep()
  }

  /**
   * Opens a document. Each open is balanced by a `close`. It resolves when there is text: from the server or, when the server does not answer in
   * 1.5 s, from unsent edits that were kept. Rejects with `OpenError` if the server says no, or when the client is closed for good.
   */
  open(target: { path: string } | { doc: number }): Promise<Document> {
    const held = this.held.find(target)
    if (held) return this.held.use(held)
    const path = 'path' in target ? target.path : this.files.find((file) => file.doc === target.doc)?.path
    if (path === undefined) return Promise.reject(new OpenError('no_document', 'There is no such file.'))
    if (this.status === 'closed') return Promise.reject(new OpenError('closed', 'The connection is closed.'))
    return this.held.open(path)
  }

  /** The page needs the document no more. It is let go when its edits are sent. */
  close(doc: number): void {
    this.held.close(doc)
  }

  /** Takes the server's text for a document and rescues the unsent edits, to be shown beside it: when the server refuses them. */
  setAside(doc: number): void {
    this.held.setAside(doc)
  }

  /** A rescued text was looked at and is not needed any more. */
  dismiss(id: string): void {
    this.rescue.dismiss(id)
  }

  /** Says that a chat message is being typed, to whoever is there. */
  typing(): void {
    if (this.status === 'online') this.connection.send({ type: 'typing' })
  }

  /** Which file is looked at, and since when nobody has been at the keyboard; null: none, and somebody is. Told again after every break. */
  look(path: string | null, idleSince: number | null): void {
    if (path === this.looking.path && idleSince === this.looking.idleSince) return
    this.looking = { path, idleSince }
    if (this.status === 'online') this.tellLook()
  }

  private tellLook(): void {
    const { path, idleSince } = this.looking
    const idle = idleSince === null ? null : Math.max(0, Math.round((this.clock.now() - idleSince) / 1000))
    this.connection.send({
      type: 'presence',
      ...(path === null ? {} : { path }),
      ...(idle === null ? {} : { idle }),
    })
  }

  // Connecting

  private async prepare(): Promise<void> {
    this.leave(await restore(this.line, this.identity, this.held, this.rescue))
    this.unsaved.tell()
    this.held.openNext()
  }

  private confirmId(): Promise<void> | null {
    const asked = this.identity.confirm()
    return asked && asked.then((mine) => (mine ? undefined : this.surrender()))
  }

  private hello(): void {
    this.lastFailure = null
    const { client } = this.identity
    this.connection.send({
      type: 'hello',
      protocol: PROTOCOL,
      files_delta: true,
      ...(client === null ? {} : { client }),
    })
  }

  // Online

  private handle(message: ServerMessage): void {
    switch (message.type) {
      case 'welcome':
        return this.welcomed(message)
      case 'opened':
        // A server that does not say which numbers were used in the life before.
        if (message.seq === undefined && this.identity.inherited) return this.takeNewId()
        return this.held.opened(message)
      case 'updates':
        return this.documents.get(message.doc)?.updates(message)
      case 'selections':
        return this.documents.get(message.doc)?.selections(message)
      case 'people':
        this.people = message.people
        return this.events.emit('people', message.people)
      case 'presence':
        return this.events.emit('looks', message.people)
      case 'touched':
        return this.events.emit('touched', message.files)
      case 'files':
        if (message.moved) this.events.emit('moved', message.moved)
        return this.haveFiles(message.files)
      case 'files_changed':
        if (message.moved) this.events.emit('moved', message.moved)
        return this.haveFiles(filesAfter(this.files, message))
      case 'chat':
        return this.events.emit('chat', message)
      case 'chat_changed':
        return this.events.emit('chat_changed', message)
      case 'chat_read':
        return this.events.emit('chat_read', message)
      case 'typing':
        return this.events.emit('typing', message)
      case 'comment':
        this.held.comment(message)
        return this.events.emit('comment', message)
      case 'comments':
        this.documents.get(message.doc)?.comments(message)
        return this.events.emit('comments', message)
      case 'revision':
        return this.events.emit('revision', message)
      case 'merged':
        return this.events.emit('merged', message)
      case 'settled':
        return this.events.emit('settled', message)
      case 'named':
        return this.events.emit('named', message)
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
    if (this.identity.accept(message.client)) this.held.renumber()
    this.welcome = message
    this.people = message.people
    this.role = message.you.role
    this.archived = message.session.archived ?? false
    this.shut = false
    this.connection.online()
    this.become('online')
    this.events.emit('welcome', message)
    this.events.emit('session', message.session)
    this.haveFiles(message.files)
    this.events.emit('people', message.people)
    this.events.emit('role', message.you.role)
    this.held.reopen()
    if (this.looking.path !== null || this.looking.idleSince !== null) this.tellLook()
    void this.leftovers.send()
  }

  private haveFiles(files: FileEntry[]): void {
    this.files = files
    this.held.setPaths(files)
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
    const mayEdit = this.role === 'owner' || this.role === 'editor'
    this.held.setReadOnly(this.shut || this.archived || !mayEdit)
  }

  private failed(message: Failure): void {
    const { code, doc, fatal } = message
    if (fatal) this.lastFailure = message
    if (!fatal && doc === undefined && this.held.refused(code, message.message)) return
    const document = doc === undefined ? undefined : this.documents.get(doc)
    this.tellError(code, message.message, fatal, doc)
    if (!document || fatal) return
    // What the files are now follows; a file at this path then is another one.
    if (code === 'document_deleted') this.haveFiles(this.files.filter(({ path }) => path !== document.path))
    if (code === 'document_deleted' || code === 'no_document') document.gone()
    else if (document.sentAt !== null) this.pushRefused(document, message)
  }

  private pushRefused(document: Document, { code, message }: Failure): void {
    if (code === 'read_only' || code === 'not_allowed' || code === 'archived') document.refused()
    // The file is being deleted: what becomes of it follows.
    else if (code !== 'document_frozen') this.end('refused', message, document.doc)
  }

  private changed(document: Document): void {
    this.events.emit('document', document)
    this.unsaved.tell()
    if (document.pending === 0 && document.uses === 0 && document.live) this.held.letGo(document)
  }

  // Offline, to come back or for good

  private closed(code: number, opened: boolean): void {
    const failure = this.lastFailure
    this.lastFailure = null
    const message = failure?.message ?? null
    const doc = failure?.doc ?? null
    const why = failure?.code
    if (code === 4401) this.end(failure?.reason === 'disabled' ? 'disabled' : 'logged_out', message, null)
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
    return code === 'taken_over' || code === 'too_far_behind' || this.held.resynchronise(doc)
  }

  private async askWhy(): Promise<void> {
    const why = await this.options.whyRefused?.().catch(() => null)
    if (why && this.running && this.status !== 'online') this.end(why.reason, why.message, null)
  }

  private takeNewId(): void {
    this.identity.renew()
    this.connection.renew()
  }

  /** Another tab has our id: it is not ours any more, nor is what was kept under it, unless it turns out that no tab has it. */
  private surrender(): void {
    const { client } = this.identity
    if (client === null) return
    this.leave([client])
    this.held.surrender(this.identity.surrender())
  }

  private leave(clients: readonly string[]): void {
    if (this.options.sendLeftBehind ?? true) this.leftovers.add(clients)
  }

  private end(reason: Reason, message: string | null, doc: number | null): void {
    this.running = false
    this.connection.stop()
    this.leftovers.stop()
    this.held.end(message ?? 'The connection is closed.')
    if (SHUT.has(reason)) {
      this.shut = true
      this.setReadOnly()
    }
    void this.flush()
    this.become('closed', null, reason, message, doc)
  }

  // What is told

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

  private tellError(code: string, message: string, fatal = false, doc: number | null = null): void {
    this.events.emit('error', { code, message, fatal, doc })
  }

  private notKept(error: unknown): void {
    const why = error instanceof Error ? error.message : String(error)
    const message = `The browser cannot keep unsent edits (${why}). Do not close this page before they are saved.`
    this.tellError('not_kept', message)
  }
}
