/**
 * Real clients against a real server, driven by another program: `node tests/node-client.mjs`. One process holds any number of clients.
 *
 * It reads one JSON command a line and answers each with one JSON line, `{"id", "ok": true, …}` or `{"id", "ok": false, "error"}`, as they are done;
 * commands run at the same time. Every command but `quit` names its `client`.
 *
 *     {"id", "do": "connect", "client", "url", "session", "account", "headers": {"Cookie": …}}    → {"online": id of the client}
 *     {"id", "do": "open", "client", "path"}                      → {"doc", "version", "text"}
 *     {"id", "do": "edit", "client", "path", "from", "to", "insert"}
 *     {"id", "do": "type", "client", "path", "count", "seed", "every": ms, "delete": share}    types random tokens `«client.n»` at random places
 *                                                                 → {"tokens": […]}; with `delete` it also takes single characters away
 *     {"id", "do": "cut", "client"}                               cuts the connection; the client comes back by itself
 *     {"id", "do": "offline", "client", "value": true}            no connection can be made until `value` is false
 *     {"id", "do": "reload", "client", "flush": true}             a new page with what was kept; without `flush` as after a crash
 *     {"id", "do": "state", "client"}                             → {"status", "reason", "client", "pending", "rescued": […], "documents": {path: …}}
 *     {"id", "do": "settled", "client", "within": ms}             waits until it is online and everything is saved → as `state`
 *     {"id", "do": "stop", "client"} · {"id", "do": "quit"}
 */

import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { ChangeSet, Text } from '@codemirror/state'
import WebSocket from 'ws'
import { Client, type Document, type SocketLike } from '../src/collab/client'
import { systemClock, type Clock } from '../src/collab/clock'
import { MemoryStorage } from '../src/collab/storage'
import { SoleTab } from '../src/collab/tabs'
import { Chance } from './collab/hand'

interface Command {
  id: number | string
  do: string
  client: string
  url: string
  session: string
  account: string
  headers?: Record<string, string>
  path: string
  from: number
  to: number
  insert: string
  count: number
  seed: number
  every: number
  delete?: number
  value: boolean
  flush: boolean
  within: number
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** A page's timers, which end with the page. */
class PageClock implements Clock {
  private readonly timers = new Set<() => void>()
  private stopped = false

  readonly now = systemClock.now

  after(ms: number, task: () => void): () => void {
    if (this.stopped) return () => undefined
    const cancel = systemClock.after(ms, () => {
      this.timers.delete(cancel)
      task()
    })
    this.timers.add(cancel)
    return () => {
      this.timers.delete(cancel)
      cancel()
    }
  }

  stop(): void {
    this.stopped = true
    for (const cancel of this.timers) cancel()
  }
}

/** One browser tab: what survives a reload, and the page that is loaded now. */
class Page {
  private client: Client
  private clock = new PageClock()
  private documents = new Map<string, Document>()
  private socket: WebSocket | null = null
  private offline = false
  private typed = 0
  private readonly storage = new MemoryStorage()
  private readonly tab = new SoleTab()

  constructor(private readonly made: Command) {
    this.client = this.load()
  }

  private load(): Client {
    const { session, account, url, headers } = this.made
    this.clock = new PageClock()
    const client = new Client({
      session,
      account,
      storage: this.storage,
      tab: this.tab,
      clock: this.clock,
      connect: () => {
        if (this.offline) throw new Error('offline')
        this.socket = new WebSocket(url, {
          headers: headers ?? {},
          perMessageDeflate: false,
          maxPayload: 2 ** 28,
        })
        this.socket.on('error', () => undefined)
        return this.socket as SocketLike
      },
    })
    client.start()
    return client
  }

  async online(): Promise<string | null> {
    await until(() => this.client.status !== 'connecting', 10_000, 'no answer')
    return this.client.client
  }

  async open(path: string): Promise<Document> {
    const document = await this.client.open({ path })
    this.documents.set(path, document)
    return document
  }

  private document(path: string): Document {
    const document = this.documents.get(path)
    if (!document) throw new Error(`${path} is not open`)
    return document
  }

  edit({ path, from, to, insert }: Command): void {
    const document = this.document(path)
    document.edit(ChangeSet.of({ from, to, insert: Text.of(insert.split('\n')) }, document.text.length))
  }

  async type({ path, count, seed, every, client, delete: share = 0 }: Command): Promise<string[]> {
    const chance = new Chance(seed)
    const tokens: string[] = []
    for (let i = 0; i < count; i++) {
      const document = this.document(path)
      const { length } = document.text
      const from = chance.of(betweenTokens(document.text.toString()))
      const next = [...document.text.sliceString(from, from + 2)][0] ?? '«'
      const gone = next !== '«' && chance.true(share) ? next.length : 0
      const token = `«${client}.${this.typed++}»`
      tokens.push(token)
      const insert = chance.true(0.2) ? `${token}\n` : token
      document.edit(ChangeSet.of({ from, to: from + gone, insert: Text.of(insert.split('\n')) }, length))
      if (every > 0) await sleep(every)
    }
    return tokens
  }

  cut(): void {
    this.socket?.terminate()
  }

  setOffline(value: boolean): void {
    this.offline = value
    if (value) this.cut()
    else this.client.retryNow()
  }

  /** As a browser does: the old page hears nothing any more. */
  async reload(flush: boolean): Promise<void> {
    const paths = [...this.documents.keys()]
    if (flush) await this.client.flush()
    const { socket } = this
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null
      socket.terminate()
    }
    this.clock.stop()
    this.documents.clear()
    this.client = this.load()
    await Promise.all(paths.map((path) => this.open(path)))
  }

  state(): object {
    const { status, reason, client, pending, rescued } = this.client
    const documents = Object.fromEntries(
      [...this.documents].map(([path, { doc, version, text, pending }]) => [
        path,
        { doc, version, pending, text: text.toString() },
      ]),
    )
    return { status, reason, client, pending: pending.updates, rescued: [...rescued.values()], documents }
  }

  async settled(within: number): Promise<object> {
    const quiet = (): boolean => this.client.status === 'online' && this.client.pending.updates === 0
    await until(
      () => quiet() && [...this.documents.values()].every(({ live }) => live),
      within,
      'not settled',
    )
    return this.state()
  }

  stop(): void {
    this.client.stop()
  }
}

/** The positions outside of tokens: a token that is broken by another could not be found again. */
function betweenTokens(text: string): number[] {
  const places: number[] = []
  let at = 0
  let within = false
  for (const character of text) {
    if (!within) places.push(at)
    if (character === '«') within = true
    if (character === '»') within = false
    at += character.length
  }
  return [...places, at]
}

async function until(done: () => boolean, within: number, otherwise: string): Promise<void> {
  for (const end = Date.now() + within; !done(); await sleep(10)) {
    if (Date.now() > end) throw new Error(otherwise)
  }
}

export async function serve(input: Readable, output: Writable): Promise<void> {
  const pages = new Map<string, Page>()
  const page = (name: string): Page => {
    const found = pages.get(name)
    if (!found) throw new Error(`there is no client ${name}`)
    return found
  }
  const commands: Record<string, (command: Command) => unknown> = {
    connect: async (command) => {
      const made = new Page(command)
      pages.set(command.client, made)
      return { online: await made.online() }
    },
    open: async ({ client, path }) => {
      const { doc, version, text } = await page(client).open(path)
      return { doc, version, text: text.toString() }
    },
    edit: (command) => page(command.client).edit(command),
    type: async (command) => ({ tokens: await page(command.client).type(command) }),
    cut: ({ client }) => page(client).cut(),
    offline: ({ client, value }) => page(client).setOffline(value),
    reload: ({ client, flush }) => page(client).reload(flush),
    state: ({ client }) => page(client).state(),
    settled: ({ client, within }) => page(client).settled(within),
    stop: ({ client }) => page(client).stop(),
  }
  const answer = (fields: object): void => void output.write(`${JSON.stringify(fields)}\n`)
  const run = async (command: Command): Promise<void> => {
    const { id } = command
    try {
      const work = commands[command.do]
      if (!work) throw new Error(`${command.do} is no command`)
      answer({ id, ok: true, ...((await work(command)) as object | undefined) })
    } catch (error) {
      answer({ id, ok: false, error: error instanceof Error ? error.message : String(error) })
    }
  }
  for await (const line of createInterface({ input })) {
    const command = JSON.parse(line) as Command
    if (command.do === 'quit') break
    void run(command)
  }
  for (const one of pages.values()) one.stop()
}
