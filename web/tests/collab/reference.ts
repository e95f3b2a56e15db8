/** A small server of the live protocol, honest and in memory: it maps update by update, skips what it knows and says nothing before it is durable. */

import type { ChangeSet } from '@codemirror/state'
import { Text } from '@codemirror/state'
import type { SocketLike } from '../../src/collab/client'
import type { ClientMessage, Push } from '../../src/wire/messages'
import { parseChanges } from '../../src/wire/changes'

interface Accepted {
  client: string
  seq: number
  by: string
  changes: ChangeSet
}

export class ReferenceDocument {
  history: Accepted[] = []
  /** Every version's text. */
  texts: Text[]
  /** The version that a crash leaves. */
  durable = 0
  /** The oldest version that an `open` is served from. A push is mapped from any. */
  floor = 0

  constructor(
    readonly id: number,
    readonly path: string,
    text: string,
  ) {
    this.texts = [Text.of(text.split('\n'))]
  }

  get version(): number {
    return this.history.length
  }

  get text(): Text {
    return this.texts.at(-1)!
  }

  seqOf(client: string): number {
    return this.history.findLast((update) => update.client === client)?.seq ?? 0
  }

  crash(): void {
    this.history.length = this.durable
    this.texts.length = this.durable + 1
  }
}

export class Refusal extends Error {
  constructor(
    readonly closeCode: number,
    readonly code: string,
  ) {
    super(code)
  }
}

/** Both ends of a connection, with what is on the way. Delivering is the test's. */
export class Wire implements SocketLike {
  onopen: ((event: never) => unknown) | null = null
  onmessage: ((event: never) => unknown) | null = null
  onclose: ((event: never) => unknown) | null = null
  up: string[] = []
  down: (string | number)[] = []
  client = ''
  open = false
  /** The server's end is closed. */
  ended = false
  /** The client's end is closed. */
  closed = false
  docs = new Set<number>()
  /** The network is gone: nothing arrives any more, and neither end is told. */
  lost = false

  constructor(readonly account: string) {}

  send(text: string): void {
    if (!this.closed && !this.lost) this.up.push(text)
  }

  lose(): void {
    this.lost = true
    this.up = []
    this.down = []
  }

  close(): void {
    this.closed = true
  }

  connect(): void {
    this.open = true
    ;(this.onopen as (() => void) | null)?.()
  }

  /** Brings one message, or the close, to the client. */
  bring(): void {
    const next = this.down.shift()
    if (next === undefined || this.lost) return
    if (typeof next === 'number') this.break(next)
    else (this.onmessage as ((event: { data: string }) => void) | null)?.({ data: next })
  }

  /** The client sees the connection end. */
  break(code: number): void {
    this.down = []
    this.up = []
    this.ended = true
    if (this.closed) return
    this.closed = true
    ;(this.onclose as ((event: { code: number }) => void) | null)?.({ code })
  }
}

export interface ReferenceOptions {
  /** Whether `opened` tells the last number known of the client. */
  tellsSeq?: boolean
}

export class ReferenceServer {
  readonly documents: ReferenceDocument[]
  private wires: Wire[] = []
  private undurable: { to: Wire; what: string | number }[] = []
  private readonly owners = new Map<string, string>()
  private issued = 0

  constructor(
    texts: Record<string, string>,
    private readonly options: ReferenceOptions = {},
  ) {
    this.documents = Object.entries(texts).map(([path, text], i) => new ReferenceDocument(i + 1, path, text))
  }

  accept(wire: Wire): void {
    this.wires.push(wire)
    wire.connect()
  }

  /** Takes one message of a connection. */
  receive(wire: Wire): void {
    const text = wire.up.shift()
    if (text === undefined || wire.ended || !this.wires.includes(wire)) return
    try {
      this.handle(wire, JSON.parse(text) as ClientMessage)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      this.fail(wire, error)
    }
  }

  /** What was accepted is on the disk: now it is said. */
  commit(): void {
    for (const document of this.documents) document.durable = document.version
    for (const { to, what } of this.undurable.splice(0)) if (!to.ended) to.down.push(what)
  }

  /** The process dies: what was not durable is gone, and so are all connections. */
  crash(): void {
    this.undurable = []
    for (const document of this.documents) document.crash()
    for (const wire of this.wires.splice(0)) wire.break(1006)
  }

  leave(wire: Wire): void {
    this.wires = this.wires.filter((other) => other !== wire)
  }

  private say(to: Wire, message: object): void {
    this.undurable.push({ to, what: JSON.stringify(message) })
  }

  private fail(wire: Wire, error: Refusal): void {
    this.say(wire, { type: 'error', code: error.code, message: error.code, fatal: true })
    this.undurable.push({ to: wire, what: error.closeCode })
    this.leave(wire)
  }

  private handle(wire: Wire, message: ClientMessage): void {
    switch (message.type) {
      case 'hello':
        return this.hello(wire, message.client)
      case 'open':
        return this.openDocument(wire, message)
      case 'push':
        return this.push(wire, message)
      case 'close':
        wire.docs.delete(message.doc)
        return
      case 'ping':
        return this.say(wire, { type: 'pong' })
      case 'select':
      case 'chat':
      case 'typing':
        return
    }
  }

  private hello(wire: Wire, asked: string | undefined): void {
    let client = asked
    if (client === undefined || this.owners.get(client) !== wire.account) {
      client = `client${++this.issued}`
      this.owners.set(client, wire.account)
    }
    const other = this.wires.find((one) => one.client === client)
    if (other) this.fail(other, new Refusal(4409, 'taken_over'))
    wire.client = client
    this.say(wire, {
      type: 'welcome',
      protocol: 1,
      client,
      session: { id: 's', title: 'S' },
      you: { name: wire.account, role: 'editor', color: 1 },
      files: this.documents.map(({ id, path }) => ({ path, size: 0, binary: false, doc: id })),
      people: [],
    })
  }

  private openDocument(
    wire: Wire,
    message: { path?: string; doc?: number; version?: number | undefined },
  ): void {
    const document = this.documents.find((one) => one.id === message.doc || one.path === message.path)
    if (!document) throw new Refusal(4400, 'no_document')
    const { id: doc, path } = document
    const { version } = message
    const served = version !== undefined && version >= document.floor && version <= document.version
    wire.docs.add(doc)
    this.say(wire, {
      type: 'opened',
      doc,
      path,
      version: served ? version : document.version,
      read_only: false,
      ...(this.options.tellsSeq === false ? {} : { seq: document.seqOf(wire.client) }),
      ...(served ? {} : { text: document.text.toString() }),
      ...(!served && version !== undefined ? { reset: true } : {}),
    })
    if (served && version < document.version) this.say(wire, updatesMessage(document, version))
  }

  private push(wire: Wire, { doc, version, seq, changes }: Push): void {
    const document = this.documents.find((one) => one.id === doc)
    if (!document || !wire.docs.has(doc)) throw new Refusal(4400, 'no_document')
    const before = document.version
    accept(document, wire.client, wire.account, version, seq, changes.map(parseChanges))
    if (document.version === before) return
    for (const other of this.wires) if (other.docs.has(doc)) this.say(other, updatesMessage(document, before))
  }
}

function updatesMessage(document: ReferenceDocument, version: number): object {
  const updates = document.history
    .slice(version)
    .map(({ client, seq, by, changes }) => ({ client, seq, by, changes: changes.toJSON() as unknown }))
  return { type: 'updates', doc: document.id, version, updates }
}

/** Raises `Refusal` where the contract says that a push is refused; then nothing has changed. */
function accept(
  document: ReferenceDocument,
  client: string,
  by: string,
  version: number,
  seq: number,
  changes: readonly ChangeSet[],
): void {
  if (version > document.version) throw new Refusal(4400, 'bad_version')
  const known = document.seqOf(client)
  if (seq > known + 1) throw new Refusal(4409, 'sequence_gap')
  const since = document.history.slice(version)
  const met = new Set(since.filter((update) => update.client === client).map((update) => update.seq))
  let pending = changes
    .map((change, i) => ({ seq: seq + i, change }))
    .filter((one) => one.seq > known || met.has(one.seq))
  let length = document.texts[version]!.length
  for (const { change } of pending) {
    if (change.length !== length) throw new Refusal(4400, 'bad_changes')
    length = change.newLength
  }
  for (const update of since) {
    if (pending[0] && update.client === client && update.seq === pending[0].seq) {
      pending.shift()
      continue
    }
    let over = update.changes
    pending = pending.map((one) => {
      const change = one.change.map(over)
      over = over.map(one.change, true)
      return { ...one, change }
    })
  }
  for (const { seq, change } of pending) {
    document.history.push({ client, seq, by, changes: change })
    document.texts.push(change.apply(document.text))
  }
}
