import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { BrowserTab, type Channel } from '../../src/collab/tabs'

/** Tabs of one browser: what one says all others hear. */
class Channels {
  private readonly all: Channel[] = []

  open(): Channel {
    const channel: Channel = {
      onmessage: null,
      postMessage: (data) => {
        for (const other of this.all) if (other !== channel) other.onmessage?.({ data } as MessageEvent)
      },
      close: () => void this.all.splice(this.all.indexOf(channel), 1),
    }
    this.all.push(channel)
    return channel
  }
}

function memory(copied?: Map<string, string>) {
  const values = new Map(copied)
  return {
    values,
    getItem: (key: string) => values.get(key) ?? null,
    setItem: (key: string, value: string) => void values.set(key, value),
    removeItem: (key: string) => void values.delete(key),
  }
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

async function after<T>(asked: Promise<T>): Promise<T> {
  await vi.advanceTimersByTimeAsync(1_000)
  return asked
}

test('CL7: a reload takes its id up again.', async () => {
  const channels = new Channels()
  const store = memory()
  const channel = channels.open()
  new BrowserTab('s', store, channel).hold('c1')
  channel.close()
  expect(await after(new BrowserTab('s', store, channels.open()).claim([]))).toBe('c1')
})

test('CL7: a duplicated tab has the id in its storage, asks, and does not use it.', async () => {
  const channels = new Channels()
  const store = memory()
  const first = new BrowserTab('s', store, channels.open())
  first.hold('c1')
  const copy = new BrowserTab('s', memory(store.values), channels.open())
  expect(await after(copy.claim([]))).toBeNull()
  copy.hold('c2')
  expect(await after(first.confirm('c1'))).toBe(true)
})

test('CL7: of two tabs that ask at once one has the id.', async () => {
  const channels = new Channels()
  const store = memory()
  new BrowserTab('s', store, null).hold('c1')
  const tabs = [0.1, 0.7].map(
    (nonce) => new BrowserTab('s', memory(store.values), channels.open(), () => nonce),
  )
  const claims = tabs.map((tab) => tab.claim([]))
  expect(await after(Promise.all(claims))).toEqual(['c1', null])
})

test('CL5, CL7: a new tab takes up what a dead one left, but not what a live one has.', async () => {
  const channels = new Channels()
  new BrowserTab('s', memory(), channels.open()).hold('live')
  expect(await after(new BrowserTab('s', memory(), channels.open()).claim(['live', 'dead']))).toBe('dead')
})

test('CL7: a tab that slept learns that another has its id.', async () => {
  const channels = new Channels()
  const asleep = new BrowserTab('s', memory(), null)
  asleep.hold('c1')
  const store = memory()
  store.setItem('code_together.client.s', 'c1')
  expect(await after(new BrowserTab('s', store, channels.open()).claim([]))).toBe('c1')
  const awake = new BrowserTab('s', memory(), channels.open())
  awake.hold('c1')
  expect(await after(awake.confirm('c1'))).toBe(false)
})

test('CL7: where nobody can be asked the tab takes a new id; a storage that is forbidden is no obstacle.', async () => {
  const store = memory()
  store.setItem('code_together.client.s', 'c1')
  expect(await after(new BrowserTab('s', store, null).claim(['c2']))).toBeNull()
  const forbidden = { ...memory(), getItem: () => { throw new Error('SecurityError') } } // prettier-ignore
  expect(await after(new BrowserTab('s', forbidden, new Channels().open()).claim([]))).toBeNull()
})

test('CL7: what was released is free.', async () => {
  const channels = new Channels()
  const store = memory()
  const first = new BrowserTab('s', store, channels.open())
  first.hold('c1')
  first.release('c1')
  expect(store.values.size).toBe(0)
  expect(await after(new BrowserTab('s', memory(), channels.open()).borrow('c1'))).toBe(true)
})
