import { expect, test } from 'vitest'
import { changed, looked, renamed, withFolders, type Changes } from '@/model/marks'

const ann = { name: 'ann', display_name: 'Ann', color: 1 }
const bob = { name: 'bob', display_name: 'Bob', color: 2 }
const stranger = { name: null, display_name: 'Somebody', color: 3 }
const NONE: Changes = new Map()

test('PR6: each person marks a file once, until it is looked at.', () => {
  let marks = changed(changed(NONE, 'a', ann), 'a', bob)
  marks = changed(changed(marks, 'a', stranger), 'b', ann)
  expect(changed(marks, 'a', { ...bob })).toBe(marks)
  expect(changed(marks, 'a', { ...stranger })).toBe(marks)
  expect([...looked(marks, ['a', 'c'])]).toEqual([['b', [ann]]])
  expect(looked(marks, ['c'])).toBe(marks)
})

test('PR6: marks follow a text to its new path, and go with what is gone.', () => {
  const marks = changed(changed(changed(NONE, 'a', ann), 'b', bob), 'c.png', ann)
  const before = [{ path: 'a', doc: 1 }, { path: 'b', doc: 2 }, { path: 'c.png' }]
  const now = [{ path: 'dir/a', doc: 1 }, { path: 'c.png' }, { path: 'a', doc: 3 }]
  expect([...renamed(marks, before, now)]).toEqual([
    ['dir/a', [ann]],
    ['c.png', [ann]],
  ])
})

test('PR6: a folder has the people of all that is in it, each once.', () => {
  const marks = changed(changed(changed(NONE, 'src/deep/a', ann), 'src/b', bob), 'src/deep/c', ann)
  const all = withFolders(marks)
  expect(all.get('src/deep')).toEqual([ann])
  expect(all.get('src')).toEqual([ann, bob])
  expect(all.has('')).toBe(false)
  expect(all.size).toBe(5)
})
