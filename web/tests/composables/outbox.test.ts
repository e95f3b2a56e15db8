// @vitest-environment happy-dom
import { effectScope } from 'vue'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { setMe } from '@/composables/me'
import type { Live } from '@/composables/live'
import { useOutbox, type Outbox } from '@/composables/outbox'

/** A server's side of posting: what it answers to each message, in turn; the last answer stays. */
let answers: (Response | 'unreachable')[] = []
const posted: { text: string; key: string }[] = []
const said: number[] = []
let welcome: () => void = () => undefined
const live = {
  client: {
    status: 'online',
    on: (_event: string, handler: () => void) => {
      welcome = handler
      return () => undefined
    },
  },
}
const taken = (id: number): Response => new Response(JSON.stringify({ id }), { status: 201 })
const refused = (status: number, message: string): Response =>
  new Response(JSON.stringify({ error: { code: 'x', message } }), { status })

function open(): Outbox {
  return effectScope().run(() => useOutbox('s1', live as unknown as Live, ({ id }) => said.push(id)))!
}

beforeEach(() => {
  vi.useFakeTimers()
  localStorage.clear()
  setMe({ name: 'ann', display_name: 'Ann', admin: false, color: 1 })
  answers = []
  posted.length = said.length = 0
  live.client.status = 'online'
  vi.stubGlobal('fetch', (_address: string, { body }: { body: string }) => {
    posted.push(JSON.parse(body) as { text: string; key: string })
    const answer = answers.length > 1 ? answers.shift()! : answers[0]!
    return answer === 'unreachable' ? Promise.reject(new TypeError('away')) : Promise.resolve(answer.clone())
  })
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

test('CH10: messages go out in their order, one after the other, and are kept no longer', async () => {
  answers = [taken(1), taken(2)]
  const outbox = open()
  outbox.send('one')
  outbox.send('two')
  expect(localStorage.length).toBe(2)
  await vi.advanceTimersByTimeAsync(0)
  expect(posted.map(({ text }) => text)).toEqual(['one', 'two'])
  expect(said).toEqual([1, 2])
  expect(outbox.list).toEqual([])
  expect(localStorage.length).toBe(0)
})

test('CH10: without a server they wait, over a reload too, and come with the same key', async () => {
  live.client.status = 'offline'
  const outbox = open()
  outbox.send('one')
  await vi.advanceTimersByTimeAsync(60_000)
  expect(posted).toEqual([])
  const { key } = outbox.list[0]!
  const again = open()
  expect(again.list).toMatchObject([{ key, text: 'one', trouble: '' }])
  answers = [taken(1)]
  live.client.status = 'online'
  welcome()
  await vi.advanceTimersByTimeAsync(0)
  expect(posted).toEqual([{ key, text: 'one' }])
  expect(localStorage.length).toBe(0)
})

test('CH2, CH10: an answer that is lost, or a server that is busy, is another try with the same key', async () => {
  answers = ['unreachable', refused(503, 'Later.'), taken(1)]
  const outbox = open()
  outbox.send('one')
  await vi.advanceTimersByTimeAsync(10_000)
  expect(posted).toHaveLength(3)
  expect(new Set(posted.map(({ key }) => key)).size).toBe(1)
  expect(outbox.list).toEqual([])
})

test('CH10: what is refused stays with the reason until it is tried again or discarded; others go out', async () => {
  answers = [refused(403, 'Not you.'), taken(2)]
  const outbox = open()
  outbox.send('one')
  outbox.send('two')
  await vi.advanceTimersByTimeAsync(100)
  expect(outbox.list).toMatchObject([{ text: 'one', trouble: 'Not you.' }])
  expect(said).toEqual([2])
  answers = [refused(403, 'Still not.')]
  outbox.retry(outbox.list[0]!)
  await vi.advanceTimersByTimeAsync(100)
  expect(outbox.list).toMatchObject([{ trouble: 'Still not.' }])
  outbox.discard(outbox.list[0]!)
  expect(outbox.list).toEqual([])
  expect(localStorage.length).toBe(0)
})
