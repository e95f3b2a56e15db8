import type { ChangeSet, Text } from '@codemirror/state'
import type { Changes } from '../wire/messages'
import { Throttle, type Clock } from './clock'
import type { Unsent } from './peer'
import type { Kept, Storage } from './storage'

/** Saves at most this often, the first time at once. */
const SAVE_EVERY = 150
/** How long a document has to be saved by the server before its copy is removed: a typist should not write the whole text at each key. */
const REMOVE_AFTER = 3_000
/** The base text is written anew when the updates since it have this many characters of JSON, and not before this time. */
const MOST_SINCE = 50_000
const BASE_EVERY = 2_000

export interface KeptState {
  path: string
  unsent: Unsent
  confirmed: Text
}

/** Keeps one document's unsent edits in the storage (CL5), in the order in which they came to be. */
export class Keeper {
  private readonly saving: Throttle
  private base: { client: string; version: number; at: number } | null = null
  private since: Changes[] = []
  private sinceSize = 0
  private cancelRemoval: (() => void) | null = null
  private tail: Promise<void> = Promise.resolve()
  private complained = false
  private unsaved = false

  constructor(
    private readonly storage: Storage,
    private readonly clock: Clock,
    private readonly key: { session: string; account: string; doc: number },
    private readonly state: () => KeptState,
    private readonly failed: (error: unknown) => void,
  ) {
    this.saving = new Throttle(clock, SAVE_EVERY, () => this.write())
  }

  /** The storage holds this copy already: it is the base to go on from. */
  adopt(client: string): void {
    this.base = { client, version: -1, at: 0 }
  }

  /** There is more or less to keep. */
  touch(): void {
    if (!this.base && this.state().unsent.changes.length === 0) return
    this.unsaved = true
    this.saving.ask()
  }

  /** The next version was confirmed by this change. */
  confirmed(changes: ChangeSet): void {
    if (!this.base) return
    const json = changes.toJSON() as Changes
    this.since.push(json)
    this.sinceSize += JSON.stringify(json).length
    this.touch()
  }

  /** The confirmed text is another now, by more than one update. */
  rebased(): void {
    this.distrust()
    this.touch()
  }

  /** The base text in the storage may be none or another: begin with the whole next time. */
  private distrust(): void {
    if (this.base) this.base = { ...this.base, version: -1 }
  }

  /** Saves now; resolves when all is stored. For the moment at which the page goes. */
  async flush(): Promise<void> {
    this.saving.stop()
    this.write()
    await this.tail
  }

  /** Whether the copy is older than the edits. */
  get late(): boolean {
    return this.unsaved
  }

  /** Leaves the copy to whoever has its client id now. */
  leave(): void {
    this.saving.stop()
    this.cancelRemoval?.()
    this.cancelRemoval = null
    this.base = null
    this.unsaved = false
  }

  /** Forgets the copy. */
  async remove(): Promise<void> {
    this.saving.stop()
    this.drop()
    await this.tail
  }

  private write(): void {
    const { path, unsent, confirmed } = this.state()
    this.cancelRemoval?.()
    this.cancelRemoval = null
    if (unsent.changes.length === 0) {
      if (!this.base) return
      this.cancelRemoval = this.clock.after(REMOVE_AFTER, () => this.drop())
    }
    const former = this.base && this.base.client !== unsent.client ? this.base.client : undefined
    if (former !== undefined) this.distrust()
    const now = this.clock.now()
    const fits = this.base !== null && this.base.version + this.since.length === unsent.version
    const long = this.sinceSize > MOST_SINCE && this.base !== null && now - this.base.at >= BASE_EVERY
    const anew = !fits || long
    if (anew) {
      this.base = { client: unsent.client, version: unsent.version, at: now }
      this.since = []
      this.sinceSize = 0
    }
    const record: Omit<Kept, 'base'> = {
      ...this.key,
      path,
      client: unsent.client,
      baseVersion: this.base!.version,
      since: [...this.since],
      first: unsent.first,
      sent: unsent.sent,
      mayBeSent: unsent.mayBeSent,
      changes: unsent.changes.map((change) => change.toJSON() as Changes),
      savedAt: now,
    }
    this.unsaved = false
    this.then(async () => {
      if (await this.storage.save(record, anew ? confirmed.toString() : undefined, former)) return
      this.distrust()
      this.touch()
    })
  }

  private drop(): void {
    this.cancelRemoval?.()
    this.cancelRemoval = null
    if (!this.base) return
    const { client } = this.base
    this.base = null
    this.unsaved = false
    this.since = []
    this.sinceSize = 0
    this.then(() => this.storage.drop(this.key.session, client, this.key.doc))
  }

  private then(work: () => Promise<void>): void {
    this.tail = this.tail.then(work).then(
      () => {
        this.complained = false
      },
      (error: unknown) => {
        this.distrust()
        this.unsaved = true
        if (!this.complained) this.failed(error)
        this.complained = true
      },
    )
  }
}
