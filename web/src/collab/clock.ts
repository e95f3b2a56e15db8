/** Time as the client needs it, so that tests can drive it by hand. */
export interface Clock {
  /** Milliseconds; goes on during sleep. */
  now(): number
  /** Runs `task` once after `ms`; the result cancels it. */
  after(ms: number, task: () => void): () => void
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, task) {
    const timer = setTimeout(task, ms)
    return () => clearTimeout(timer)
  },
}

/**
 * Runs `task` at once when it is first asked for, then at most every `ms`, and once more after the last time it was asked for.
 */
export class Throttle {
  private cancel: (() => void) | null = null
  private again = false

  constructor(
    private readonly clock: Clock,
    private readonly ms: number,
    private readonly task: () => void,
  ) {}

  ask(): void {
    if (this.cancel) this.again = true
    else this.run()
  }

  stop(): void {
    this.cancel?.()
    this.cancel = null
    this.again = false
  }

  private run(): void {
    this.again = false
    this.cancel = this.clock.after(this.ms, () => {
      this.cancel = null
      if (this.again) this.run()
    })
    this.task()
  }
}
