import type { Clock } from './clock'
import type { Tab } from './tabs'

/** The client id that goes with the connection, and how it is come by (CL7). The tab knows which ids may be used. */
export class Identity {
  /** The id that the server has given; null before the first welcome, and when another is needed. */
  client: string | null = null
  /** The id is from a life before this one: numbers may have been used that we do not know. */
  inherited = false
  private welcomed = false

  constructor(
    private readonly tab: Tab,
    private readonly clock: Clock,
    private readonly random: () => number,
  ) {}

  /** Takes up the id of the tab's life before or, if it had none, one of `left`. */
  async claim(left: readonly string[]): Promise<void> {
    this.client = await this.tab.claim(left)
    this.inherited = this.client !== null
  }

  /** Whether the id is ours still: a tab that was asleep did not answer when another asked for it. Null: there is nothing to ask. */
  confirm(): Promise<boolean> | null {
    const { client } = this
    if (client === null || !this.welcomed) return null
    return this.tab.confirm(client).then((mine) => mine || this.client !== client)
  }

  /** The server has given this id. True if it is another than before. */
  accept(client: string): boolean {
    const another = client !== this.client
    if (another) this.inherited = false
    this.client = client
    this.welcomed = true
    this.tab.hold(client)
    return another
  }

  /** Another id is needed. The tab has the old one still, so that nobody else takes up what was kept under it. */
  renew(): void {
    this.client = null
    this.inherited = false
  }

  /** Another tab has the id. Gives the one that stands in until there is a new one: the server knows no such id, and gives a new one for it. */
  surrender(): string {
    if (this.client !== null) this.tab.release(this.client)
    this.renew()
    const standIn = `none.${this.clock.now()}.${this.random()}`
    this.tab.hold(standIn)
    return standIn
  }
}
