/** Tries regular expressions where they can be stopped. */
import type { Text } from '@codemirror/state'
import type { Asked, Matches } from './matching'
import type { Answer, Question } from './matching.worker'

/** Milliseconds that one search may take. */
const DEADLINE = 1_000
/** Milliseconds in which the worker must be there. */
const LOADING = 15_000

/** `slow`: it was stopped. `left`: another was asked, or nothing more shall be. */
export type Outcome = Matches | 'slow' | 'left'

export class Matcher {
  private worker: Worker | null = null
  private text: Text | null = null
  private settle: ((outcome: Outcome) => void) | null = null
  private timer: ReturnType<typeof setTimeout> | undefined

  /** One at a time: a question that is still being worked on when the next one comes is dropped. */
  ask(text: Text, asked: Asked): Promise<Outcome> {
    if (this.settle) this.stop('left')
    return new Promise((resolve) => {
      this.settle = resolve
      const isNew = this.worker === null
      this.worker ??= this.start()
      this.wait(isNew ? LOADING : DEADLINE)
      const question: Question = text === this.text ? { asked } : { text: text.toString(), asked }
      this.text = text
      this.worker.postMessage(question)
    })
  }

  /** Ends the worker; the next question has a new one. */
  stop(outcome: 'slow' | 'left' = 'left'): void {
    this.worker?.terminate()
    this.worker = this.text = null
    this.done(outcome)
  }

  private start(): Worker {
    const worker = new Worker(new URL('./matching.worker.ts', import.meta.url), { type: 'module' })
    worker.onmessage = ({ data }: MessageEvent<Answer>) => {
      if (data === 'ready') this.wait(DEADLINE)
      else this.done(data ?? 'slow')
    }
    worker.onerror = () => this.stop('slow')
    return worker
  }

  private wait(milliseconds: number): void {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.stop('slow'), milliseconds)
  }

  private done(outcome: Outcome): void {
    clearTimeout(this.timer)
    const settle = this.settle
    this.settle = null
    settle?.(outcome)
  }
}
