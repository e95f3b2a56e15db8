import { Text } from '@codemirror/state'
import { expect, test } from 'vitest'
import { diff } from '../../src/collab/diff'
import { Chance } from './hand'

const text = (value: string): Text => Text.of(value.split('\n'))

test.each([
  ['', ''],
  ['', 'a'],
  ['a', ''],
  ['a\nb', 'a\nb\n'],
  ['a\nb\n', 'b'],
  ['one\ntwo\nthree', 'one\nthree'],
  ['one\ntwo\nthree', 'one\ntwo\nTHREE'],
  ['x😀y', 'x😁y'],
  ['x😀y', 'x\n😀y'],
])('CL6: the difference makes %j into %j.', (before, after) => {
  const change = diff(text(before), text(after))
  expect(change.apply(text(before)).toString()).toBe(after)
  expect(change.empty).toBe(before === after)
})

test('CL6: lines that stay are not touched, so that edits in them keep their place.', () => {
  const change = diff(text('a\nb\nc\nd\ne'), text('A\na\nb\nC\nd\nE\ne'))
  expect(change.toJSON()).toEqual([[0, 'A', ''], 4, [1, 'C'], 3, [0, 'E', ''], 1])
})

test('CL6: no surrogate pair is cut.', () => {
  expect(diff(text('😀'), text('😁')).toJSON()).toEqual([[2, '😁']])
  expect(diff(text('😀'), text('🨀')).toJSON()).toEqual([[2, '🨀']])
})

test('CL6: 500 random texts.', () => {
  const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31))
  const chance = new Chance(seed)
  const random = (): string =>
    Array.from({ length: chance.below(20) }, () => chance.of(['a', 'b', '\n', '\n', '😀', 'c\n'])).join('')
  for (let i = 0; i < 500; i++) {
    const [before, after] = [random(), random()]
    expect(diff(text(before), text(after)).apply(text(before)).toString(), `SEED=${seed}`).toBe(after)
  }
})

test('CL6: texts of 20,000 lines that differ everywhere take no long time.', () => {
  const lines = (word: string): Text => Text.of(Array.from({ length: 20_000 }, (_, i) => `${word} ${i}`))
  const change = diff(lines('old'), lines('new'))
  expect(change.apply(lines('old')).eq(lines('new'))).toBe(true)
}, 2_000)
