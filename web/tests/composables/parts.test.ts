// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createApp, defineComponent, h, nextTick, type App } from 'vue'
import { later } from '@/composables/parts'
import { dismissAll, toasts } from '@/composables/toasts'
import { texts } from '@/texts'

const Part = defineComponent(() => () => h('p', 'here'))
/** What the server answers to whether it is there: null, it is not. */
let healthy: boolean
let has: boolean
let asked: number
let app: App
let page: HTMLElement

const load = async (): Promise<{ default: typeof Part }> => {
  asked++
  if (!has) throw new TypeError('Failed to fetch dynamically imported module')
  return { default: Part }
}

async function passes(milliseconds: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(milliseconds)
  await nextTick()
}

beforeEach(() => {
  vi.useFakeTimers()
  healthy = has = true
  asked = 0
  vi.stubGlobal('fetch', async () => {
    if (!healthy) throw new TypeError('Failed to fetch')
    return new Response('{}')
  })
  page = document.createElement('div')
  app = createApp(later(load))
})

afterEach(() => {
  app.unmount()
  dismissAll()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

test('CL11: a part that cannot come is said to need the server once, and comes when the server is there.', async () => {
  healthy = has = false
  app.mount(page)
  await passes(60_000)
  expect(asked).toBeGreaterThan(5)
  expect(toasts.filter(({ text }) => text === texts.errors.part).length).toBeLessThan(2)
  healthy = has = true
  await passes(5_000)
  expect(page.textContent).toBe('here')
})

test('CL11: a part that a server has no more is asked for twice, and then the page is to be loaded again.', async () => {
  has = false
  app.mount(page)
  await passes(10_000)
  expect(toasts.map(({ text, action }) => [text, action?.label])).toEqual([
    [texts.errors.partGone, texts.connection.reload],
  ])
  await passes(60_000)
  expect(asked).toBe(2)
})

test('CL11: a server that comes back with another version is told from one that is away.', async () => {
  healthy = has = false
  app.mount(page)
  await passes(1_000)
  expect(toasts.map(({ text }) => text)).toEqual([texts.errors.part])
  healthy = true
  await passes(10_000)
  expect(toasts.map(({ text }) => text)).toContain(texts.errors.partGone)
})
