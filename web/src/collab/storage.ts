/** What the browser keeps until the server has it (CL5). */

import type { Changes } from '../wire/messages'

/** One document's unsent edits and the text they were made on. There is one for a client id and document. */
export interface Kept {
  session: string
  account: string
  /** The client id under which the edits are numbered. */
  client: string
  doc: number
  path: string
  /** The version that `base` was; `since` are the updates confirmed after it. */
  baseVersion: number
  base: string
  since: Changes[]
  /** The number of the first of `changes`, how many of them were under way, and how many may be by now. */
  first: number
  sent: number
  mayBeSent: number
  changes: Changes[]
  /** Milliseconds since 1970. */
  savedAt: number
}

/** A text that could not be merged, for its author to look at beside the server's (null: the file is gone). */
export interface Rescued {
  id: string
  session: string
  account: string
  doc: number
  path: string
  reason: 'deleted' | 'diverged' | 'unknown' | 'taken_over' | 'set_aside'
  mine: string
  theirs: string | null
  at: number
}

/**
 * Where kept edits live; all tabs of the browser share it. `save` without `base` leaves the base text that was saved before: it may be long, the
 * edits are short. It gives false, and saves nothing, if there is none any more. With `former` the copy of that client id goes at the same moment.
 * Every method may reject, as when the disk is full.
 */
export interface Storage {
  load(session: string, account: string): Promise<Kept[]>
  save(kept: Omit<Kept, 'base'>, base?: string, former?: string): Promise<boolean>
  drop(session: string, client: string, doc: number): Promise<void>
  rescue(text: Rescued): Promise<void>
  rescued(session: string, account: string): Promise<Rescued[]>
  dismiss(id: string): Promise<void>
}

/** For tests, and where a browser forbids IndexedDB: nothing survives the page. */
export class MemoryStorage implements Storage {
  private readonly edits = new Map<string, string>()
  private readonly bases = new Map<string, string>()
  private readonly texts = new Map<string, string>()

  async load(session: string, account: string): Promise<Kept[]> {
    return [...this.edits]
      .map(([key, value]) => ({
        ...(JSON.parse(value) as Omit<Kept, 'base'>),
        base: this.bases.get(key) ?? '',
      }))
      .filter((kept) => kept.session === session && kept.account === account)
  }

  async save(kept: Omit<Kept, 'base'>, base?: string, former?: string): Promise<boolean> {
    const key = keyOf(kept)
    if (base !== undefined) this.bases.set(key, base)
    if (!this.bases.has(key)) return false
    this.edits.set(key, JSON.stringify(kept))
    if (former !== undefined) await this.drop(kept.session, former, kept.doc)
    return true
  }

  async drop(session: string, client: string, doc: number): Promise<void> {
    const key = keyOf({ session, client, doc })
    this.edits.delete(key)
    this.bases.delete(key)
  }

  async rescue(text: Rescued): Promise<void> {
    this.texts.set(text.id, JSON.stringify(text))
  }

  async rescued(session: string, account: string): Promise<Rescued[]> {
    return [...this.texts.values()]
      .map((value) => JSON.parse(value) as Rescued)
      .filter((text) => text.session === session && text.account === account)
  }

  async dismiss(id: string): Promise<void> {
    this.texts.delete(id)
  }
}

function keyOf({ session, client, doc }: { session: string; client: string; doc: number }): string {
  return JSON.stringify([session, client, doc])
}

const EDITS = 'edits'
const BASES = 'bases'
const TEXTS = 'texts'

/** The browser's IndexedDB. A connection that another tab's newer version closes, or that breaks, is opened again when next needed. */
export class IndexedStorage implements Storage {
  private opening: Promise<IDBDatabase> | null = null

  constructor(
    private readonly factory: IDBFactory = indexedDB,
    private readonly name = 'code_together',
  ) {}

  async load(session: string, account: string): Promise<Kept[]> {
    return this.transact('readonly', [EDITS, BASES], async (store) => {
      const inSession = ofSession(session)
      const edits = store(EDITS)
      const bases = store(BASES)
      const [keys, values] = await Promise.all([
        request(edits.getAllKeys(inSession)),
        request(edits.getAll(inSession)),
      ])
      const found: Kept[] = []
      for (const [i, value] of (values as Omit<Kept, 'base'>[]).entries()) {
        if (value.account !== account) continue
        const base = (await request(bases.get(keys[i]!))) as string | undefined
        if (base !== undefined) found.push({ ...value, base })
      }
      return found
    })
  }

  async save(kept: Omit<Kept, 'base'>, base?: string, former?: string): Promise<boolean> {
    const key = [kept.session, kept.client, kept.doc]
    return this.transact('readwrite', [EDITS, BASES], async (store) => {
      if (base !== undefined) store(BASES).put(base, key)
      else if ((await request(store(BASES).count(key))) === 0) return false
      store(EDITS).put(kept, key)
      if (former !== undefined) {
        const old = [kept.session, former, kept.doc]
        store(EDITS).delete(old)
        store(BASES).delete(old)
      }
      return true
    })
  }

  async drop(session: string, client: string, doc: number): Promise<void> {
    const key = [session, client, doc]
    await this.transact('readwrite', [EDITS, BASES], (store) => {
      store(EDITS).delete(key)
      store(BASES).delete(key)
    })
  }

  async rescue(text: Rescued): Promise<void> {
    await this.transact('readwrite', [TEXTS], (store) => void store(TEXTS).put(text, text.id))
  }

  async rescued(session: string, account: string): Promise<Rescued[]> {
    const all = await this.transact('readonly', [TEXTS], (store) => request(store(TEXTS).getAll()))
    return (all as Rescued[]).filter((text) => text.session === session && text.account === account)
  }

  async dismiss(id: string): Promise<void> {
    await this.transact('readwrite', [TEXTS], (store) => void store(TEXTS).delete(id))
  }

  private open(): Promise<IDBDatabase> {
    this.opening ??= new Promise<IDBDatabase>((resolve, reject) => {
      const opening = this.factory.open(this.name, 1)
      opening.onupgradeneeded = () => {
        for (const store of [EDITS, BASES, TEXTS]) opening.result.createObjectStore(store)
      }
      opening.onerror = () => reject(opening.error ?? new Error('IndexedDB cannot be opened'))
      opening.onsuccess = () => {
        const database = opening.result
        const letGo = (): void => {
          this.opening = null
        }
        database.onclose = letGo
        database.onversionchange = () => {
          database.close()
          letGo()
        }
        resolve(database)
      }
    }).catch((error: unknown) => {
      this.opening = null
      throw error
    })
    return this.opening
  }

  /** Resolves when the transaction is complete. */
  private async transact<T>(
    mode: IDBTransactionMode,
    stores: string[],
    work: (store: (name: string) => IDBObjectStore) => T | Promise<T>,
  ): Promise<T> {
    const database = await this.open()
    const transaction = database.transaction(stores, mode)
    const done = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve()
      transaction.onabort = () => reject(transaction.error ?? new Error('IndexedDB gave up a transaction'))
    })
    const [result] = await Promise.all([work((name) => transaction.objectStore(name)), done])
    return result
  }
}

function ofSession(session: string): IDBKeyRange {
  return IDBKeyRange.bound([session], [session, []])
}

function request<T>(asked: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    asked.onsuccess = () => resolve(asked.result)
    asked.onerror = () => reject(asked.error ?? new Error('IndexedDB refused'))
  })
}
