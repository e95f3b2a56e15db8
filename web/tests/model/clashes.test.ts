import { expect, test } from 'vitest'
import { withMore } from '../../src/model/clashes'

const ann = { name: 'ann', display_name: 'Ann', email: 'ann@code.test' }
const conflict = { id: 'abc.0', doc: 3, path: 'a.py', line: 2, ours: 'a\n', theirs: 'b\n' }
const known = { ...conflict, by: 'Ann' }

test('PU10: what a push brings stands behind what is there, and what the welcome has told already comes once', () => {
  expect(withMore([], ann, [conflict])).toEqual([known])
  expect(withMore([known], ann, [conflict, { ...conflict, id: 'abc.1' }])).toEqual([
    known,
    { ...known, id: 'abc.1' },
  ])
})
