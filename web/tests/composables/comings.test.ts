import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { effectScope, nextTick, shallowRef, type EffectScope } from 'vue'
import { announcement } from '@/composables/announce'
import { useComings } from '@/composables/comings'
import type { Live } from '@/composables/live'
import type { Marks } from '@/composables/marks'
import type { Changes } from '@/model/marks'
import type { Here } from '@/model/presence'

const person = (name: string): Here => ({
  client: `client of ${name}`,
  name: name.toLowerCase(),
  display_name: name,
  color: 1,
  role: 'editor',
  path: null,
  idleSince: null,
})
const people = shallowRef<readonly Here[]>([])
const files = shallowRef<Changes>(new Map())
let scope: EffectScope

async function becomes(...names: string[]): Promise<void> {
  people.value = names.map(person)
  await nextTick()
}

beforeEach(() => {
  vi.useFakeTimers()
  people.value = []
  files.value = new Map()
  announcement.value = ''
  scope = effectScope()
  scope.run(() => useComings({ people } as unknown as Live, { files } as unknown as Marks))
})
afterEach(() => {
  scope.stop()
  vi.useRealTimers()
})

test('PR8: who is there at the beginning has not come; who comes and goes within seconds is said in one sentence.', async () => {
  await becomes('Ann')
  vi.advanceTimersByTime(3_000)
  expect(announcement.value).toBe('')
  await becomes('Ann', 'Bob')
  await becomes('Ann', 'Bob', 'Cleo')
  await becomes('Bob', 'Cleo')
  expect(announcement.value).toBe('')
  vi.advanceTimersByTime(3_000)
  expect(announcement.value).toBe('Bob and Cleo joined. Ann left.')
})

test('PR8: a hundred people are a number; who is back at once never went.', async () => {
  await becomes('Ann')
  vi.advanceTimersByTime(3_000)
  await becomes('Ann', ...Array.from({ length: 100 }, (_, n) => `P${n}`))
  vi.advanceTimersByTime(3_000)
  expect(announcement.value).toBe('100 people joined.')
  announcement.value = ''
  await becomes('Ann')
  await becomes('Ann', ...Array.from({ length: 100 }, (_, n) => `P${n}`))
  vi.advanceTimersByTime(3_000)
  expect(announcement.value).toBe('')
})

test('PR8: what is newly marked as changed is said once, however much of it there is.', async () => {
  const ann = { name: 'ann', display_name: 'Ann', color: 1 }
  const bob = { name: 'bob', display_name: 'Bob', color: 2 }
  files.value = new Map([['src/a.py', [ann]]])
  await nextTick()
  files.value = new Map([['src/a.py', [ann, bob]]])
  await nextTick()
  vi.advanceTimersByTime(6_000)
  expect(announcement.value).toBe('Ann and Bob changed a.py.')
  announcement.value = ''
  files.value = new Map()
  await nextTick()
  vi.advanceTimersByTime(6_000)
  expect(announcement.value).toBe('')
  files.value = new Map(Array.from({ length: 40 }, (_, n) => [`f${n}`, [ann]]))
  await nextTick()
  vi.advanceTimersByTime(6_000)
  expect(announcement.value).toBe('Ann changed 40 files.')
})
