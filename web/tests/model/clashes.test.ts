import { expect, test } from 'vitest'
import { parseClashes, withMore } from '../../src/model/clashes'

const conflict = { doc: 3, path: 'a.py', line: 2, ours: 'a\n', theirs: 'b\n' }
const kept = { ...conflict, id: 'abc.0', by: 'Ann' }

test('PU5: what is kept of a push comes back as it was', () => {
  const clashes = withMore([], 'abc', 'Ann', [conflict])
  expect(clashes).toEqual([kept])
  expect(parseClashes(JSON.stringify(clashes))).toEqual(clashes)
})

test('PU5: a push that another tab has taken already comes once, and the oldest go', () => {
  expect(withMore([kept], 'abc', 'Ann', [conflict, conflict])).toEqual([kept, { ...kept, id: 'abc.1' }])
  expect(withMore([kept], 'def', 'Ann', Array(200).fill(conflict))).toHaveLength(200)
})

test('PU5: what cannot be read is left out', () => {
  for (const text of [null, '', '{', '{}', 'null', '[1, null, {"id": 3}]'])
    expect(parseClashes(text)).toEqual([])
  expect(parseClashes(JSON.stringify([kept, { ...kept, doc: '3' }]))).toEqual([kept])
})
