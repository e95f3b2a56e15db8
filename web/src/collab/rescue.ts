import type { Document } from './document'
import type { Emitter } from './emitter'
import type { ClientEvents } from './events'
import type { Line } from './line'
import type { Rescued } from './storage'

/** Texts that could not be merged: kept and told until somebody has looked at them (CL5). */
export class Rescue {
  readonly texts = new Map<string, Rescued>()

  constructor(
    private readonly line: Line,
    private readonly events: Emitter<ClientEvents>,
  ) {}

  /** Keeps a document's text as it is shown now. */
  add(document: Document, reason: Rescued['reason'], theirs: string | null): void {
    const { session, account, client, clock, storage } = this.line
    const at = clock.now()
    const text: Rescued = {
      id: `${client}.${document.doc}.${at}.${this.texts.size}`,
      session,
      account,
      doc: document.doc,
      path: document.path,
      reason,
      mine: document.text.toString(),
      theirs,
      at,
    }
    storage.rescue(text).catch((error: unknown) => this.line.notKept(error))
    this.tell(text)
  }

  /** There is this text, which is kept already. */
  tell(text: Rescued): void {
    if (this.texts.has(text.id)) return
    this.texts.set(text.id, text)
    this.events.emit('kept', text)
  }

  dismiss(id: string): void {
    this.texts.delete(id)
    this.line.storage.dismiss(id).catch((error: unknown) => this.line.notKept(error))
  }
}
