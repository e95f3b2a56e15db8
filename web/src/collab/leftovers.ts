import type { Client } from './client'
import { total, type Unsaved } from './pending'
import type { Rescued } from './storage'
import type { Tab } from './tabs'

/** Whom leftovers are sent for. */
interface Owner {
  /** A client that has this id, takes up what was kept under it and looks for no leftovers itself. */
  sender(client: string): Client
  rescued(text: Rescued): void
  /** What is not saved may be another. */
  changed(): void
}

/** What dead tabs left is sent by connections of its own, each under the dead tab's id: so the server knows which of it it has already (CL7). */
export class Leftovers {
  private readonly clients: string[] = []
  private readonly senders = new Map<string, Client>()

  constructor(
    private readonly tab: Tab,
    private readonly owner: Owner,
  ) {}

  /** These ids have left something behind. */
  add(clients: readonly string[]): void {
    this.clients.push(...clients)
  }

  /** Sends what is not being sent yet and belongs to no live tab. */
  async send(): Promise<void> {
    for (const client of this.clients.splice(0)) {
      if (!(await this.tab.borrow(client))) continue
      const sender = this.owner.sender(client)
      const sentIfSaved = (): void => {
        if (sender.pending.updates === 0) this.sent(client, sender)
      }
      this.senders.set(client, sender)
      sender.on('kept', (text) => this.owner.rescued(text))
      sender.on('pending', () => {
        this.owner.changed()
        sentIfSaved()
      })
      sender.on('status', ({ status }) => {
        if (status === 'closed') this.sent(client, sender)
      })
      sender.start()
      await sender.prepared
      sentIfSaved()
    }
  }

  private sent(client: string, sender: Client): void {
    if (!this.senders.delete(client)) return
    void sender.flush().then(() => sender.stop())
    this.tab.release(client)
    this.owner.changed()
  }

  get unsaved(): Unsaved {
    return total([...this.senders.values()].map(({ pending }) => pending))
  }

  retryNow(): void {
    for (const sender of this.senders.values()) sender.retryNow()
  }

  stop(): void {
    for (const sender of this.senders.values()) sender.stop()
  }
}
