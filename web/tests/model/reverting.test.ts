import { expect, test } from 'vitest'
import { parseHunks } from '../../src/model/diff'
import { hasPlaces, placesOf, rangeOf } from '../../src/model/reverting'

test('RV2: a hunk is its lines as the revision left them; where it only takes away, the place between two.', () => {
  const [changed, gone, first] = parseHunks(
    '@@ -3,2 +3,4 @@\n a\n+b\n+c\n d\n@@ -20,2 +21,0 @@\n-x\n-y\n@@ -1 +0,0 @@\n-z\n',
  )
  expect(rangeOf(changed!)).toEqual({ start_line: 3, end_line: 6 })
  expect(rangeOf(gone!)).toEqual({ start_line: 22, end_line: 21 })
  expect(rangeOf(first!)).toEqual({ start_line: 1, end_line: 0 })
})

test('RV2: files that came or went, or are no text, have no places to undo by themselves.', () => {
  expect(hasPlaces({ status: 'changed', binary: false })).toBe(true)
  expect(hasPlaces({ status: 'renamed', binary: false })).toBe(true)
  expect(hasPlaces({ status: 'added', binary: false })).toBe(false)
  expect(hasPlaces({ status: 'removed', binary: false })).toBe(false)
  expect(hasPlaces({ status: 'changed', binary: true })).toBe(false)
})

test('RV3: a refusal without places is no conflict to show.', () => {
  const place = { path: 'a', start_line: 1, end_line: 1, reason: 'lines', here: 'x', before: 'y' }
  expect(placesOf({ places: [place] })).toEqual([place])
  expect(placesOf({ places: [] })).toBeNull()
  expect(placesOf({ code: 'revert_conflict' })).toBeNull()
})
