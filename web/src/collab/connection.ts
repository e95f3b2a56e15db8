import { Malformed } from '../wire/malformed'
import type { ClientMessage, ServerMessage } from '../wire/messages'
import { parse } from '../wire/parse'
import type { Clock } from './clock'

/** What the client needs of a WebSocket; the browser's fits. */
export interface SocketLike {
  send(text: string): void
  close(code?: number): void
  onopen: ((event: never) => unknown) | null
  onmessage: ((event: never) => unknown) | null
  onclose: ((event: never) => unknown) | null
}

/** Whom a connection serves. */
export interface Owner {
  /** Asked before each attempt; it waits for the answer. Null: nothing to wait for. */
  beforeAttempt(): Promise<void> | null
  attempting(): void
  /** The socket is open: time for `hello`. */
  opened(): void
  message(message: ServerMessage): void
  malformed(error: Error): void
  /** The socket is gone, for whatever reason. */
  disconnected(): void
  /** The other end has closed it; `opened` says whether it ever was open. What comes next is for the owner to say: `retryLater` or `stop`. */
  closed(code: number, opened: boolean): void
  waiting(ms: number): void
  /** Whether something that was sent awaits its confirmation. */
  awaiting(): boolean
  /** Whether something has been on its way for so long that a new connection is better. */
  overdue(now: number): boolean
}

const RETRY_FIRST = 300
const RETRY_MOST = 15_000
/** A connection that stood this long counts as good: the next attempt is soon again. */
const GOOD_AFTER = 5_000
const TICK = 1_000
/** A tick that comes this late means that the machine slept. */
const SLEPT = 5_000
const PING_AFTER = 10_000
/** The same while something awaits its confirmation: whoever types shall not be told for long that it is being sent. */
const PING_SOON_AFTER = 2_000
const ANSWER_WITHIN = 5_000
/** The same when the system says that there is no network. It may be wrong: a server on this machine needs none. */
const ANSWER_SOON_WITHIN = 2_000
/** A network that was given up for slowness gets twice the time, until it has answered; at the most so long. */
const MOST_PATIENCE = 40_000
/** A slow network takes so many characters in a millisecond. An answer is awaited only when what was sent before can be there. */
const SLOWEST = 16
const CONNECT_WITHIN = 10_000

/** One socket after another to the same place: makes attempts with growing pauses, and notices when nobody answers any more. */
export class Connection {
  private socket: SocketLike | null = null
  private running = false
  private asking = false
  private attempts = 0
  private onlineSince: number | null = null
  private heard = 0
  private pinged: number | null = null
  private answerWithin = ANSWER_WITHIN
  /** How often in a row no answer came in time. */
  private unanswered = 0
  /** When all that was sent is through, on a slow network. */
  private through = 0
  private lastTick = 0
  private cancelTick: (() => void) | null = null
  private cancelRetry: (() => void) | null = null

  constructor(
    private readonly owner: Owner,
    private readonly make: () => SocketLike,
    private readonly clock: Clock,
    private readonly random: () => number,
  ) {}

  start(): void {
    if (this.running) return
    this.running = true
    this.attempts = 0
    this.lastTick = this.clock.now()
    this.tickLater()
    this.attempt()
  }

  /** Closes the socket and makes no further attempts. */
  stop(): void {
    this.running = false
    this.cancelRetry?.()
    this.cancelTick?.()
    this.cancelRetry = this.cancelTick = null
    this.drop()
  }

  /** The owner has been welcomed. */
  online(): void {
    this.onlineSince = this.clock.now()
  }

  /** The next attempt is now; or, on a connection that stands, the question whether it does. */
  retryNow(): void {
    if (this.onlineSince !== null) return this.ping()
    if (this.socket) return
    this.attempts = 0
    this.attempt()
  }

  /** The system says that the network is gone: the question whether the connection stands, with little time for the answer. */
  networkLost(): void {
    if (this.onlineSince === null) return
    this.ping()
    this.answerWithin = Math.min(this.answerWithin, ANSWER_SOON_WITHIN)
  }

  send(message: ClientMessage): void {
    try {
      const text = JSON.stringify(message)
      this.through = Math.max(this.through, this.clock.now()) + text.length / SLOWEST
      this.socket?.send(text)
    } catch {
      // A socket that is closing: its close event follows.
    }
  }

  /** The connection is no good any more: another one. */
  renew(): void {
    this.drop()
    this.retryLater()
  }

  /** Another attempt, after a pause of at least `least` ms. */
  retryLater(least = 0): void {
    if (!this.running) return
    const longest = Math.min(RETRY_FIRST * 2 ** this.attempts, RETRY_MOST)
    const wait = Math.max(least, longest * (0.5 + 0.5 * this.random()))
    this.attempts++
    this.cancelRetry?.()
    this.cancelRetry = this.clock.after(wait, () => this.attempt())
    this.owner.waiting(wait)
  }

  private attempt(): void {
    if (!this.running || this.socket || this.asking) return
    this.cancelRetry?.()
    this.cancelRetry = null
    this.owner.attempting()
    const before = this.owner.beforeAttempt()
    if (!before) return this.connect()
    this.asking = true
    void before.then(() => {
      this.asking = false
      if (this.running) this.connect()
    })
  }

  private connect(): void {
    this.pinged = null
    this.through = 0
    this.heard = this.clock.now()
    let socket: SocketLike
    try {
      socket = this.make()
    } catch {
      return this.retryLater()
    }
    this.socket = socket
    let opened = false
    socket.onopen = () => {
      opened = true
      this.owner.opened()
    }
    socket.onmessage = (event: { data: unknown }) => this.receive(event.data)
    socket.onclose = (event: { code?: number }) => {
      this.socket = null
      this.gone()
      this.owner.closed(event.code ?? 1006, opened)
    }
  }

  private receive(data: unknown): void {
    this.heard = this.clock.now()
    this.pinged = null
    try {
      const message = parse(String(data))
      if (message?.type === 'pong') this.unanswered = 0
      if (message) this.owner.message(message)
    } catch (error) {
      this.renew()
      if (!(error instanceof Malformed)) throw error
      this.owner.malformed(error)
    }
  }

  private drop(): void {
    const { socket } = this
    if (!socket) return
    this.socket = null
    socket.onopen = socket.onmessage = socket.onclose = null
    try {
      socket.close()
    } catch {
      // It never opened.
    }
    this.gone()
  }

  private gone(): void {
    if (this.onlineSince !== null && this.clock.now() - this.onlineSince >= GOOD_AFTER) this.attempts = 0
    this.onlineSince = null
    this.owner.disconnected()
  }

  private ping(): void {
    if (this.pinged === null) {
      this.pinged = this.clock.now()
      this.answerWithin = Math.min(ANSWER_WITHIN * 2 ** this.unanswered, MOST_PATIENCE)
    }
    this.send({ type: 'ping' })
  }

  private tickLater(): void {
    this.cancelTick = this.clock.after(TICK, () => {
      this.tickLater()
      this.tick()
    })
  }

  private tick(): void {
    const now = this.clock.now()
    const slept = now - this.lastTick > TICK + SLEPT || now < this.lastTick
    this.lastTick = now
    if (slept) {
      // What was asked before the sleep says nothing now.
      this.heard = now
      this.pinged = null
      if (this.socket && this.onlineSince === null) this.renew()
      else this.retryNow()
    } else if (this.socket && this.dead(now)) {
      this.renew()
    } else if (this.onlineSince !== null && this.pinged === null && now - this.heard >= this.pingAfter) {
      this.ping()
    }
  }

  private get pingAfter(): number {
    return this.owner.awaiting() ? PING_SOON_AFTER : PING_AFTER
  }

  private dead(now: number): boolean {
    if (this.onlineSince === null) return now - this.heard >= CONNECT_WITHIN
    if (this.pinged !== null && now - Math.max(this.pinged, this.through) >= this.answerWithin) {
      this.unanswered++
      return true
    }
    return this.owner.overdue(now)
  }
}
