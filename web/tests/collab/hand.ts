/** Time, chance and sockets that a test drives by hand. */

import type { SocketLike } from '../../src/collab/client'
import type { Clock } from '../../src/collab/clock'
import type { ClientMessage } from '../../src/wire/messages'

interface Timer {
  at: number
  order: number
  task: () => void
}

export class HandClock implements Clock {
  private timers: Timer[] = []
  private order = 0
  private stopped = false

  constructor(private time = 1_000_000) {}

  now(): number {
    return this.time
  }

  after(ms: number, task: () => void): () => void {
    const timer = { at: this.time + ms, order: this.order++, task }
    if (!this.stopped) this.timers.push(timer)
    return () => {
      this.timers = this.timers.filter((other) => other !== timer)
    }
  }

  /** Runs what falls due, in its order. */
  advance(ms: number): void {
    const until = this.time + ms
    for (;;) {
      const next = this.timers
        .filter((timer) => timer.at <= until)
        .sort((a, b) => a.at - b.at || a.order - b.order)[0]
      if (!next) break
      this.timers = this.timers.filter((timer) => timer !== next)
      this.time = Math.max(this.time, next.at)
      next.task()
    }
    this.time = until
  }

  /** The machine sleeps: time goes on, and what fell due meanwhile runs once when it wakes. */
  sleep(ms: number): void {
    this.time += ms
    const due = this.timers.filter((timer) => timer.at <= this.time)
    this.timers = this.timers.filter((timer) => timer.at > this.time)
    for (const timer of due) timer.task()
  }

  /** The page is gone: nothing runs any more. */
  stop(): void {
    this.stopped = true
    this.timers = []
  }
}

/** A seeded source of chance (mulberry32). */
export class Chance {
  constructor(private state: number) {}

  /** From 0 up to 1. */
  readonly next = (): number => {
    this.state = (this.state + 0x6d2b79f5) | 0
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }

  below(n: number): number {
    return Math.floor(this.next() * n)
  }

  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!
  }

  true(share: number): boolean {
    return this.next() < share
  }
}

export class HandSocket implements SocketLike {
  onopen: ((event: never) => unknown) | null = null
  onmessage: ((event: never) => unknown) | null = null
  onclose: ((event: never) => unknown) | null = null
  closed = false
  /** What the client has sent, oldest first. */
  sent: ClientMessage[] = []

  send(text: string): void {
    if (!this.closed) this.sent.push(JSON.parse(text) as ClientMessage)
  }

  close(): void {
    this.closed = true
  }

  opens(): void {
    ;(this.onopen as (() => void) | null)?.()
  }

  says(message: object): void {
    ;(this.onmessage as ((event: { data: string }) => void) | null)?.({ data: JSON.stringify(message) })
  }

  closes(code: number): void {
    this.closed = true
    ;(this.onclose as ((event: { code: number }) => void) | null)?.({ code })
  }

  /** Takes what was sent of this type. */
  take<T extends ClientMessage['type']>(type: T): Extract<ClientMessage, { type: T }>[] {
    const found = this.sent.filter((message) => message.type === type)
    this.sent = this.sent.filter((message) => message.type !== type)
    return found as Extract<ClientMessage, { type: T }>[]
  }
}

/** Lets everything run that waits only for promises. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
