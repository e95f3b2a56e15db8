import type { Document } from './document'

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

/** The codes by which the server refuses to open a file. */
const REFUSED: ReadonlySet<string> = new Set([
  'no_document',
  'not_text',
  'document_too_large',
  'not_found',
  'conflict',
  'too_large',
])

/** A file that is to be opened, and all who wait for it. */
export interface Opening {
  readonly path: string
  /** Whether the server was asked for it on this connection. */
  asked: boolean
  readonly answers: { resolve: (document: Document) => void; reject: (error: Error) => void }[]
}

/** The files that are to be opened, first come first served. One at a time is asked for: the server's refusal does not say of which. */
export class Openings {
  private readonly queue: Opening[] = []

  /** Waits for the file, together with whoever does already. */
  join(path: string): Promise<Document> {
    return new Promise((resolve, reject) => {
      let opening = this.queue.find((other) => other.path === path)
      if (!opening) this.queue.push((opening = { path, asked: false, answers: [] }))
      opening.answers.push({ resolve, reject })
    })
  }

  has(path: string): boolean {
    return this.queue.some((opening) => opening.path === path)
  }

  /** Those that need not be asked for, if there is another way. */
  get unasked(): Opening[] {
    return this.queue.filter(({ asked }) => !asked)
  }

  /** The one that the server's answer is awaited for. */
  get asked(): Opening | undefined {
    return this.queue.find(({ asked }) => asked)
  }

  /** The one that this error of the server's, which names no document, is about. */
  refused(code: string): Opening | undefined {
    return REFUSED.has(code) ? this.asked : undefined
  }

  /** Whose turn it is to be asked for; none while an answer is awaited. */
  next(): Opening | undefined {
    return this.asked ? undefined : this.queue[0]
  }

  remove(opening: Opening): void {
    this.queue.splice(this.queue.indexOf(opening), 1)
  }

  /** The question went with the connection. */
  disconnected(): void {
    for (const opening of this.queue) opening.asked = false
  }

  /** Nothing will be opened any more. */
  end(message: string): void {
    for (const { answers } of this.queue.splice(0)) {
      for (const { reject } of answers) reject(new OpenError('closed', message))
    }
  }
}
