import type { Clock } from './clock'
import type { Emitter } from './emitter'
import type { ClientEvents, PendingEvent } from './events'

/** What somebody has that is not saved. */
export interface Unsaved {
  updates: number
  documents: number
}

/** Tells what is not saved, and since when (CL9). */
export class Pending {
  private since: number | null = null
  private told = 0

  constructor(
    private readonly clock: Clock,
    private readonly events: Emitter<ClientEvents>,
    private readonly sources: readonly { readonly unsaved: Unsaved }[],
  ) {}

  get now(): PendingEvent {
    const all = this.sources.map(({ unsaved }) => unsaved)
    return { ...total(all), since: this.since }
  }

  /** It may have changed. */
  tell(): void {
    const { updates } = this.now
    if (updates === 0) this.since = null
    else this.since ??= this.clock.now()
    if (updates === 0 && this.told === 0) return
    this.told = updates
    this.events.emit('pending', this.now)
  }
}

export function total(all: readonly Unsaved[]): Unsaved {
  return {
    updates: all.reduce((sum, { updates }) => sum + updates, 0),
    documents: all.reduce((sum, { documents }) => sum + documents, 0),
  }
}
