import { expect, test } from 'vitest'
import { placeOf } from '../../src/model/clash'

const clash = { line: 2, ours: 'x = 12\n', theirs: 'x = 13\n' }

test.each([
  ['a\nx = 12\nx = 13\nb\n', 2, 3],
  ['new\nnew\na\nx = 12\nx = 13\nb\n', 4, 5],
  ['x = 12\nx = 13\nb\n', 1, 2],
])('PU5: both versions are found where they stand now: %j', (text, line, end_line) => {
  expect(placeOf(clash, text)).toEqual({ line, end_line, start_column: 1, end_column: 7 })
})

test('PU5: where they no longer stand, the line that was said is shown, or the last one.', () => {
  expect(placeOf(clash, 'a\nx = 12\n')).toEqual({ line: 2, end_line: 2, start_column: 1, end_column: 1 })
  expect(placeOf({ ...clash, line: 9 }, 'a').line).toBe(1)
})

test('PU5: what was only taken away or changed on one side is found too.', () => {
  expect(placeOf({ line: 1, ours: 'two\n', theirs: '' }, 'one\ntwo\n').line).toBe(2)
})
