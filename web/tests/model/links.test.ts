import { expect, test } from 'vitest'
import { linesAt } from '@/model/links'

test.each([
  ['12', [12, 12, 1, 1]],
  ['12-20', [12, 20, 1, 2 ** 30]],
  ['20-12', [12, 20, 1, 2 ** 30]],
  ['0', null],
  ['-1', null],
  ['1-', null],
  ['x', null],
  ['1234567890', null],
  [undefined, null],
  [['1', '2'], null],
])('the line %j of an address is %j', (said, expected) => {
  const at = linesAt(said)
  expect(at && [at.line, at.end_line, at.start_column, at.end_column]).toEqual(expected)
})
