import { describe, expect, test } from 'vitest'
import {
  fileFinder,
  matching,
  mentions,
  mentionUnderWay,
  referenceOfCode,
  references,
  type Known,
  type Reference,
} from '@/model/references'
import { processorSince } from '../processor'

const find = fileFinder([
  'src/parser.py',
  'tests/test_parser.py',
  'README',
  'a/x.py',
  'b/x.py',
  'über/ä-1.txt',
])
const FULL = 'a1b2c3d4e5f60718293a4b5c6d7e8f9001122334'
const known: Known = {
  file: find,
  revision: (said) => (FULL.startsWith(said) ? FULL : null),
  person: (name) => ({ bob: 'Bob Ortega', 'eve-2': 'Eve' })[name] ?? null,
}
const short = (reference: Reference): string => {
  if (reference.type === 'revision') return `revision ${reference.id.slice(0, 8)}`
  if (reference.type === 'mention') return `@${reference.name}`
  return [reference.path, reference.from, reference.to].filter((part) => part !== null).join(':')
}

test.each([
  ['see src/parser.py:12.', ['src/parser.py:12']],
  ['parser.py:3-7 and test_parser.py', ['src/parser.py:3:7', 'tests/test_parser.py']],
  ['./src/parser.py (src/parser.py)', ['src/parser.py', 'src/parser.py']],
  ['x.py is two, a/x.py is one', ['a/x.py']],
  ['README is a word, README:1 a place', ['README:1']],
  ['über/ä-1.txt', ['über/ä-1.txt']],
  ['none.py:3 and parser.python', []],
  ['parser.py:12:5', ['src/parser.py:12']],
  ['a1b2c3d is known, 0badcaf not', ['revision a1b2c3d4', 'revision 0badcaf']],
  ['1234567 defaced a1b2c3', []],
  ['@bob, @eve-2! @nobody', ['@bob', '@eve-2']],
  ['ann@bob x/@bob @bobby @@bob', []],
  ['', []],
])('%j names %j', (text, expected) => {
  const found = references(text, known)
  expect(found.flatMap(({ reference }) => (reference ? [short(reference)] : []))).toEqual(expected)
  expect(found.map((piece) => piece.text).join('')).toBe(text)
})

test.each([
  ['README', 'README'],
  ['src/parser.py:4', 'src/parser.py:4'],
  ['a1b2c3d', 'revision a1b2c3d4'],
  ['@bob', null],
  ['x = 1', null],
])('code %j names %j', (code, expected) => {
  const found = referenceOfCode(code, known)
  expect(found && short(found)).toBe(expected)
})

test('a long text is looked through quickly', () => {
  const begin = process.cpuUsage()
  for (const text of ['a/'.repeat(30_000), '@'.repeat(60_000), 'x.py:'.repeat(12_000), '.'.repeat(60_000)])
    references(text, known)
  expect(processorSince(begin)).toBeLessThan(1000)
})

describe('CH6: mentions', () => {
  // The same as in tests/storage/test_chat.py: the server counts what the browser marks.
  test.each([
    ['@bob', true],
    ['hi @bob, look', true],
    ['(@bob)', true],
    ['**@bob**', true],
    ["@bob's", true],
    ['@bobby', false],
    ['@bob-2', false],
    ['ann@bob', false],
    ['x/@bob', false],
    ['@@bob', false],
    ['bob', false],
    ['@Bob', false],
  ])('%j: %j', (text, expected) => {
    expect(mentions(text, 'bob')).toBe(expected)
  })

  test.each([
    ['@', ''],
    ['hello @bo', 'bo'],
    ['hello @Bo', 'Bo'],
    ['a@bo', null],
    ['@bo ', null],
    ['', null],
  ])('what is typed in %j is %j', (before, expected) => {
    expect(mentionUnderWay(before)).toBe(expected)
  })

  test('people are found by the beginning of their name or a word of their display name', () => {
    const people = [
      { name: 'bob', display_name: 'Bob Ortega' },
      { name: 'eve', display_name: 'Eve Borg' },
      { name: 'ann', display_name: 'Ann' },
    ]
    expect(matching('bo', people).map(({ name }) => name)).toEqual(['bob', 'eve'])
    expect(matching('ORT', people).map(({ name }) => name)).toEqual(['bob'])
    expect(matching('', people)).toHaveLength(3)
    expect(matching('x', people)).toEqual([])
  })
})
