// @vitest-environment happy-dom
import { createApp, defineComponent, h, nextTick, shallowRef } from 'vue'
import { createMemoryHistory, createRouter } from 'vue-router'
import { expect, test } from 'vitest'
import MarkdownText from '@/components/controls/MarkdownText.vue'
import { provideKnown } from '@/composables/known'
import { loadMarkdown } from '@/composables/markdown'
import { setMe } from '@/composables/me'
import { provideSession, type SessionContext } from '@/composables/session'
import { processorSince } from '../../processor'

const FULL = 'a1b2c3d4e5f60718293a4b5c6d7e8f9001122334'
const ann = { name: 'ann', display_name: 'Ann' }
const bob = { name: 'bob', display_name: 'Bob' }
const session = {
  id: 's1',
  live: { files: shallowRef([{ path: 'src/parser.py' }]), people: shallowRef([ann]) },
  colors: { members: shallowRef([ann, bob]), of: () => 1 },
  revisions: { list: shallowRef([{ id: FULL }]) },
} as unknown as SessionContext
const Nothing = { render: () => null }

async function shown(text: string, passed = false): Promise<HTMLElement> {
  setMe({ ...bob, admin: false, color: 1 })
  await loadMarkdown()
  const router = createRouter({
    history: createMemoryHistory(),
    routes: [
      { path: '/s/:id', name: 'session', component: Nothing },
      { path: '/s/:id/history/:revision?', name: 'history', component: Nothing },
      { path: '/:rest(.*)*', component: Nothing },
    ],
  })
  const Page = defineComponent({
    setup() {
      provideSession(session)
      provideKnown(session)
      return () => h(MarkdownText, { text, passed })
    },
  })
  const place = document.createElement('div')
  createApp(Page).use(router).mount(place)
  await nextTick()
  return place
}

test('CH8: files, revisions and people that are named are links and marks', async () => {
  const page = await shown('parser.py:3-7, a1b2c3d and @ann, @bob; `parser.py`')
  expect([...page.querySelectorAll('a')].map((a) => a.getAttribute('href'))).toEqual([
    '/s/s1?file=src/parser.py&line=3-7',
    `/s/s1/history/${FULL}`,
    '/s/s1?file=src/parser.py',
  ])
  expect([...page.querySelectorAll('.mention')].map((one) => [one.textContent, one.className])).toEqual([
    ['@Ann', 'mention'],
    ['@Bob', 'mention me'],
  ])
})

test('CH11: Tab goes through what is in a text, or passes by its links', async () => {
  const text = 'parser.py:3, a1b2c3d and https://example.test/\n```\ncode\n```'
  const stops = async (passed: boolean): Promise<number[]> =>
    [...(await shown(text, passed)).querySelectorAll<HTMLElement>('a, pre')].map((one) => one.tabIndex)
  expect(await stops(false)).toEqual([0, 0, 0, 0])
  expect(await stops(true)).toEqual([-1, -1, -1, 0])
})

const ELEMENTS = new Set([
  'P',
  'A',
  'CODE',
  'PRE',
  'EM',
  'STRONG',
  'UL',
  'OL',
  'LI',
  'BLOCKQUOTE',
  'BR',
  'SPAN',
  'DIV',
])
const ATTRIBUTES = new Set([
  'class',
  'dir',
  'href',
  'title',
  'target',
  'rel',
  'start',
  'tabindex',
  'role',
  'aria-label',
])

test.each([
  '<script>alert(1)</script><svg onload=alert(1)>',
  '<a href="javascript:alert(1)">x</a> [x](javascript:alert(1)) [y](data:text/html,x)',
  '[a](https://a.test "onmouseover=alert(1)") ![i](https://a.test/i.png)',
  '```"><img src=x onerror=alert(1)>\n</code></pre><script>alert(1)</script>\n```',
  '`</code><script>`',
  '{{ constructor.constructor("alert(1)")() }}',
  '<b>*a*</b>\n\n> <i>\n\n1. <u>\n\n- <style>',
  '\u202e<b>\u200b',
  '[https://bank.test](https://evil.test)',
  '*'.repeat(10_000),
  `${'*a '.repeat(3_000)}${'a*'.repeat(3_000)}`,
])('CH8, CH9: of %j nothing but text and elements of the subset reaches the page', async (text) => {
  const begin = process.cpuUsage()
  const page = await shown(text)
  expect(processorSince(begin)).toBeLessThan(2_000)
  for (const element of page.querySelectorAll('*')) {
    expect(ELEMENTS).toContain(element.tagName)
    for (const { name, value } of element.attributes) {
      expect(ATTRIBUTES).toContain(name)
      if (name === 'href') expect(value).toMatch(/^https?:\/\//)
      if (name === 'href') expect(element.getAttribute('rel')).toContain('noopener noreferrer')
    }
  }
  expect(page.textContent).not.toContain('\u202e')
})
