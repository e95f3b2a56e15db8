import { expect, test } from 'vitest'
import type { ChatMessage, ChatPage } from '@/api/types'
import {
  isLong,
  MOST,
  NOTHING,
  ofPage,
  withChanged,
  withNewer,
  withOlder,
  withSaid,
  type Stretch,
} from '@/model/chat'

const message = (id: number, text = `${id}`): ChatMessage => ({
  id,
  text,
  author: { name: 'ann', display_name: 'Ann' },
  at: '2026-11-23T10:00:00Z',
})
/** The messages from one id to another of a chat that has those from 1 to `last`. */
const page = (from: number, to: number, last: number): ChatPage => ({
  messages: Array.from({ length: to - from + 1 }, (_, i) => message(from + i)),
  next: from > 1 ? from : null,
  newer: to < last ? to : null,
})
const short = ({ messages, older, newer }: Stretch): unknown => [
  messages[0]?.id,
  messages[messages.length - 1]?.id,
  older,
  newer,
]

test('CH3: pages are put to the end that they belong to', () => {
  let held = ofPage(page(101, 150, 200))
  expect(short(held)).toEqual([101, 150, 101, 150])
  held = withOlder(held, page(51, 100, 200))
  expect(short(held)).toEqual([51, 150, 51, 150])
  held = withNewer(held, page(151, 200, 200))
  expect(short(held)).toEqual([51, 200, 51, null])
  held = withOlder(held, page(1, 50, 200))
  expect(short(held)).toEqual([1, 200, null, null])
  expect(held.messages.map(({ id }) => id)).toEqual(Array.from({ length: 200 }, (_, i) => i + 1))
})

test('CH3: what is held has an end: the far side is let go of, and can be had again', () => {
  let held = ofPage(page(9_951, 10_000, 10_000))
  for (let from = 9_901; from > 9_000; from -= 50) held = withOlder(held, page(from, from + 49, 10_000))
  expect(held.messages).toHaveLength(MOST)
  expect(short(held)).toEqual([9_001, 9_300, 9_001, 9_300])
  held = withNewer(held, page(9_301, 9_350, 10_000))
  expect(short(held)).toEqual([9_051, 9_350, 9_051, 9_350])
  expect(held.messages).toHaveLength(MOST)
})

test('CH3: what is said comes to the end where the end is held, once, and else not at all', () => {
  expect(short(withSaid(NOTHING, message(1)))).toEqual([1, 1, null, null])
  const atEnd = withSaid(ofPage(page(1, 50, 50)), message(51))
  expect(short(withSaid(atEnd, message(51)))).toEqual([1, 51, null, null])
  const away = ofPage(page(1, 50, 80))
  expect(withSaid(away, message(81))).toBe(away)
  let long = ofPage(page(1, MOST, MOST))
  long = withSaid(long, message(MOST + 1))
  expect(short(long)).toEqual([2, MOST + 1, 2, null])
})

test('CH4: a message that has changed stands in its place; one that is not held is passed over', () => {
  const held = ofPage(page(1, 3, 3))
  expect(withChanged(held, message(2, 'b')).messages.map(({ text }) => text)).toEqual(['1', 'b', '3'])
  expect(withChanged(held, message(7, 'b'))).toBe(held)
})

test('CH12: a message is long by its lines or its length', () => {
  expect(isLong('a'.repeat(700))).toBe(false)
  expect(isLong('a'.repeat(800))).toBe(true)
  expect(isLong('a\n'.repeat(15))).toBe(false)
  expect(isLong('\n'.repeat(17))).toBe(true)
})
