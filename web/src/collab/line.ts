import type { ClientMessage } from '../wire/messages'
import type { Clock } from './clock'
import type { Document } from './document'
import type { Rescued, Storage } from './storage'

/** What a document needs of the connection. */
export interface Line {
  readonly session: string
  readonly account: string
  /** The client id of the connection, or of the last one. */
  readonly client: string
  readonly clock: Clock
  readonly storage: Storage
  send(message: ClientMessage): void
  /** Something that people are shown has changed: what is pending, `readOnly`, `path`, `deleted`. */
  changed(document: Document): void
  /** The document's numbers of versions have a gap: only a new connection helps. */
  broken(document: Document): void
  /** It is not known which numbers the server has from this client id: only another id is safe. */
  takeNewId(): void
  /** Unsent edits that could not be merged. */
  rescue(document: Document, reason: Rescued['reason'], theirs: string | null): void
  notKept(error: unknown): void
}
