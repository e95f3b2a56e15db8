import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { pathFault, takenBy } from '@/model/filenames'

interface Paths {
  good: string[]
  bad: string[]
  files: string[]
  taken: string[]
  free: string[]
}
const paths = JSON.parse(
  readFileSync(new URL('../../../tests/session/paths.json', import.meta.url), 'utf-8'),
) as Paths

test.each(paths.good)('WN8: %j is good, as for the server.', (path) => {
  expect(pathFault(path)).toBeNull()
})

test.each(paths.bad)('WN8: %j is bad, as for the server.', (path) => {
  expect(pathFault(path)).not.toBeNull()
})

test.each(paths.taken)('WN8: %j is taken, as for the server.', (path) => {
  expect(takenBy(path, paths.files)).not.toBeNull()
})

test.each(paths.free)('WN8: %j is free, as for the server.', (path) => {
  expect(takenBy(path, paths.files)).toBeNull()
})

test.each([
  ['', 'empty'],
  ['src/', 'folder'],
  ['../x', 'dots'],
  ['a//b', 'gap'],
  ['.git', 'git'],
  ['con', 'device'],
  ['a/' + 'b'.repeat(256), 'longName'],
  ['abc/'.repeat(300) + 'x', 'long'],
  ['what?', 'character'],
  ['end.', 'edges'],
])('%j is said to be bad for what it is: %s.', (path, kind) => {
  expect(pathFault(path)?.kind).toBe(kind)
})

test('What stands in the way is named.', () => {
  expect(takenBy('a.txt', paths.files)).toEqual({ kind: 'exists', what: 'a.txt' })
  expect(takenBy('A.TXT', paths.files)).toEqual({ kind: 'looks', what: 'a.txt' })
  expect(takenBy('a.txt/b', paths.files)).toEqual({ kind: 'file', what: 'a.txt' })
  expect(takenBy('D/y', paths.files)).toEqual({ kind: 'looks', what: 'd' })
})
