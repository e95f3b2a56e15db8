import { IDBFactory, IDBKeyRange } from 'fake-indexeddb'
import { ChangeSet, Text } from '@codemirror/state'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { Keeper } from '../../src/collab/keeper'
import { Peer } from '../../src/collab/peer'
import {
  IndexedStorage,
  MemoryStorage,
  type Kept,
  type Rescued,
  type Storage,
} from '../../src/collab/storage'
import { HandClock, settle } from './hand'

beforeEach(() => vi.stubGlobal('IDBKeyRange', IDBKeyRange))

const kept = (client: string, doc = 1, session = 's', account = 'ann'): Omit<Kept, 'base'> => ({
  session,
  account,
  client,
  doc,
  path: 'a.txt',
  baseVersion: 3,
  since: [],
  first: 1,
  sent: 0,
  mayBeSent: 1,
  changes: [[2, [0, 'x']]],
  savedAt: 5,
})
const rescued = (id: string, session = 's', account = 'ann'): Rescued => ({
  id,
  session,
  account,
  doc: 1,
  path: 'a.txt',
  reason: 'deleted',
  mine: 'm',
  theirs: null,
  at: 1,
})

describe.each([
  ['IndexedDB', () => new IndexedStorage(new IDBFactory())],
  ['memory', () => new MemoryStorage()],
] as [string, () => Storage][])('%s', (_name, make) => {
  test('CL5: what is saved is loaded, for its session and account only.', async () => {
    const storage = make()
    await storage.save(kept('c1'), 'ab')
    await storage.save(kept('c1', 2), 'cd')
    await storage.save(kept('c1', 1, 't'), 'ef')
    await storage.save(kept('c2', 1, 's', 'bob'), 'gh')
    expect(await storage.load('s', 'ann')).toEqual([
      { ...kept('c1'), base: 'ab' },
      { ...kept('c1', 2), base: 'cd' },
    ])
  })

  test('CL5: a save without the base leaves the one that is there, and is refused if there is none.', async () => {
    const storage = make()
    expect(await storage.save(kept('c1'))).toBe(false)
    expect(await storage.save(kept('c1'), 'ab')).toBe(true)
    expect(await storage.save({ ...kept('c1'), first: 9 })).toBe(true)
    expect(await storage.load('s', 'ann')).toEqual([{ ...kept('c1'), first: 9, base: 'ab' }])
  })

  test('CL7: a copy goes over to another client id at one moment.', async () => {
    const storage = make()
    await storage.save(kept('c1'), 'ab')
    await storage.save(kept('c2'), 'cd', 'c1')
    expect(await storage.load('s', 'ann')).toEqual([{ ...kept('c2'), base: 'cd' }])
  })

  test('CL5: what is dropped is gone, and nothing else.', async () => {
    const storage = make()
    await storage.save(kept('c1'), 'ab')
    await storage.save(kept('c2'), 'cd')
    await storage.drop('s', 'c1', 1)
    expect((await storage.load('s', 'ann')).map(({ client }) => client)).toEqual(['c2'])
  })

  test('Rescued texts stay until they are dismissed.', async () => {
    const storage = make()
    for (const text of [rescued('1'), rescued('2'), rescued('3', 't'), rescued('4', 's', 'bob')])
      await storage.rescue(text)
    await storage.dismiss('1')
    expect(await storage.rescued('s', 'ann')).toEqual([rescued('2')])
  })
})

test('CL5: two pages of one browser share the database, and a reload finds it.', async () => {
  const factory = new IDBFactory()
  await new IndexedStorage(factory).save(kept('c1'), 'ab')
  expect(await new IndexedStorage(factory).load('s', 'ann')).toHaveLength(1)
})

describe('the keeper', () => {
  class Counting extends MemoryStorage {
    saves: { base: boolean; changes: number }[] = []
    drops = 0
    full = false
    override async save(record: Omit<Kept, 'base'>, base?: string, former?: string): Promise<boolean> {
      if (this.full) throw new Error('full')
      this.saves.push({ base: base !== undefined, changes: record.changes.length })
      return super.save(record, base, former)
    }
    override async drop(session: string, client: string, doc: number): Promise<void> {
      this.drops++
      return super.drop(session, client, doc)
    }
  }

  function setUp() {
    const storage = new Counting()
    const clock = new HandClock()
    const peer = Peer.fresh('me', 0, Text.of(['']), 0)
    const failures: unknown[] = []
    const keeper = new Keeper(
      storage,
      clock,
      { session: 's', account: 'ann', doc: 1 },
      () => ({ path: 'a', unsent: peer.unsent(), confirmed: peer.confirmed }),
      (error) => failures.push(error),
    )
    const type = (): void => {
      peer.edit(ChangeSet.of({ from: peer.text.length, insert: 'x' }, peer.text.length))
      keeper.touch()
    }
    const confirm = (): void => {
      const { seq, changes } = peer.push()!
      for (const [i, json] of changes.entries()) {
        const change = ChangeSet.fromJSON(json)
        peer.receive({ client: 'me', seq: seq + i, by: 'ann', changes: change })
        keeper.confirmed(change)
      }
      keeper.touch()
    }
    return { storage, clock, peer, keeper, failures, type, confirm }
  }

  test('CL5: the first edit is saved at once with the text, later ones every 150 ms without it.', async () => {
    const { storage, clock, type } = setUp()
    type()
    await settle()
    expect(storage.saves).toEqual([{ base: true, changes: 1 }])
    for (let i = 0; i < 10; i++) {
      type()
      clock.advance(30)
    }
    await settle()
    expect(storage.saves).toEqual([
      { base: true, changes: 1 },
      { base: false, changes: 6 },
      { base: false, changes: 11 },
    ])
  })

  test('CL5: a typist whose edits are confirmed does not write the whole text at each key; the copy goes when it is quiet.', async () => {
    const { storage, clock, peer, type, confirm } = setUp()
    for (let i = 0; i < 50; i++) {
      type()
      confirm()
      clock.advance(100)
      await settle()
    }
    expect(storage.saves.filter(({ base }) => base)).toHaveLength(1)
    expect(storage.drops).toBe(0)
    const [record] = await storage.load('s', 'ann')
    expect(record!.baseVersion + record!.since.length).toBe(peer.version)
    clock.advance(5_000)
    await settle()
    expect(await storage.load('s', 'ann')).toEqual([])
  })

  test('CL5: a copy that vanished is written anew, with its text.', async () => {
    const { storage, clock, type } = setUp()
    type()
    await settle()
    await storage.drop('s', 'me', 1)
    type()
    clock.advance(150)
    await settle()
    clock.advance(150)
    await settle()
    expect(await storage.load('s', 'ann')).toMatchObject([{ base: '', changes: [[[0, 'x']], [1, [0, 'x']]] }])
  })

  test('CL5: a storage that fails is reported once, and tried again.', async () => {
    const { storage, clock, keeper, failures, type } = setUp()
    storage.full = true
    for (let i = 0; i < 3; i++) {
      type()
      clock.advance(200)
      await settle()
    }
    expect(failures).toHaveLength(1)
    expect(keeper.late).toBe(true)
    storage.full = false
    await keeper.flush()
    expect(keeper.late).toBe(false)
    expect(await storage.load('s', 'ann')).toMatchObject([{ base: '', changes: { length: 3 } }])
  })
})
