/** Which client id a tab may use (CL7): two live tabs with one id would take each other's updates for their own. */

/** What the client asks of the tab it runs in. */
export interface Tab {
  /**
   * The id that this tab is to ask the server for: the one it had before a reload or, if it had none, one of `left`, the ids of tabs that left
   * unsent edits behind; only if no other live tab has it. Null: a new one.
   */
  claim(left: readonly string[]): Promise<string | null>
  /** Whether no other live tab has this id; then this tab has it until `release`. */
  borrow(client: string): Promise<boolean>
  /** Whether still no other tab has this id, which this tab has: it may have been asleep. */
  confirm(client: string): Promise<boolean>
  /** The server has given this id to this tab. */
  hold(client: string): void
  release(client: string): void
}

/** A program that is alone: it takes up what was left behind. */
export class SoleTab implements Tab {
  constructor(private client: string | null = null) {}

  async claim(left: readonly string[]): Promise<string | null> {
    return this.client ?? left[0] ?? null
  }

  async borrow(): Promise<boolean> {
    return true
  }

  async confirm(): Promise<boolean> {
    return true
  }

  hold(client: string): void {
    this.client = client
  }

  release(client: string): void {
    if (this.client === client) this.client = null
  }
}

/** What is left of `BroadcastChannel` that we need. */
export interface Channel {
  postMessage(message: unknown): void
  onmessage: ((event: MessageEvent) => unknown) | null
  close(): void
}

/** The part of `sessionStorage` that we need. */
export interface Memory {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
  removeItem(key: string): void
}

/** How long other tabs have for their answer. */
const ANSWER_WITHIN = 200

interface Question {
  type: 'claim'
  client: string
  nonce: number
}
interface Answer {
  type: 'held'
  client: string
  nonce: number
}

/**
 * A browser's tab. The id lives in `sessionStorage`, which a reload keeps and a duplicated tab copies: so a tab asks the others before it uses
 * an id that it found. If two ask at once, the one with the smaller nonce has it. A tab that the browser has put to sleep does not answer;
 * so it asks again before it connects again.
 */
export class BrowserTab implements Tab {
  private readonly held = new Set<string>()
  private readonly asking = new Map<string, { nonce: number; lost: () => void }>()

  constructor(
    private readonly session: string,
    private readonly memory: Memory | null,
    private readonly channel: Channel | null,
    private readonly random: () => number = Math.random,
  ) {
    if (channel) channel.onmessage = (event) => this.hear(event.data as Question | Answer)
  }

  async claim(left: readonly string[]): Promise<string | null> {
    const own = this.stored()
    // Without a channel nobody can be asked: then only a new id is safe. What was left is sent under its own id, which does no harm twice.
    if (!this.channel) return null
    for (const client of own === null ? left : [own, ...left]) {
      if (await this.borrow(client)) return client
    }
    return null
  }

  async borrow(client: string): Promise<boolean> {
    const free = this.held.has(client) || (await this.confirm(client))
    if (free) this.held.add(client)
    return free
  }

  async confirm(client: string): Promise<boolean> {
    if (!this.channel) return true
    const nonce = Math.floor(this.random() * 2 ** 52)
    const free = await new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => resolve(true), ANSWER_WITHIN)
      const lost = (): void => {
        clearTimeout(timer)
        resolve(false)
      }
      this.asking.set(client, { nonce, lost })
      this.channel?.postMessage({ type: 'claim', client, nonce } satisfies Question)
    })
    this.asking.delete(client)
    return free
  }

  hold(client: string): void {
    this.held.add(client)
    this.remember((memory, key) => memory.setItem(key, client))
  }

  release(client: string): void {
    this.held.delete(client)
    if (this.stored() === client) this.remember((memory, key) => memory.removeItem(key))
  }

  /** The page goes: others may have what this tab had. */
  close(): void {
    this.held.clear()
    this.channel?.close()
  }

  private hear(message: Question | Answer): void {
    const mine = this.asking.get(message.client)
    if (message.type === 'held') {
      if (mine?.nonce === message.nonce) mine.lost()
    } else if (this.held.has(message.client) || (mine && mine.nonce <= message.nonce)) {
      this.channel?.postMessage({
        type: 'held',
        client: message.client,
        nonce: message.nonce,
      } satisfies Answer)
    } else {
      mine?.lost()
    }
  }

  private stored(): string | null {
    let found: string | null = null
    this.remember((memory, key) => {
      found = memory.getItem(key)
    })
    return found
  }

  private remember(work: (memory: Memory, key: string) => void): void {
    try {
      if (this.memory) work(this.memory, `code_together.client.${this.session}`)
    } catch {
      // Storage that is full or forbidden: the tab then takes a new id after each reload.
    }
  }
}

/** The tab that this page is in. */
export function browserTab(session: string, account: string): BrowserTab {
  let memory: Memory | null = null
  try {
    memory = sessionStorage
  } catch {
    // A browser may forbid it.
  }
  const channel =
    typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('code_together.clients')
  return new BrowserTab(`${session}.${account}`, memory, channel)
}
