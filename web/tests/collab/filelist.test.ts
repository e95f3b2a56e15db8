import { expect, it } from 'vitest'
import { filesAfter } from '@/collab/filelist'
import type { FileEntry } from '@/wire/messages'

const file = (path: string, size = 1): FileEntry => ({ path, size, binary: false })

it('CL1: what changed is added or replaced, what was removed goes, and the list stays in order', () => {
  const files = [file('a.py'), file('b.py'), file('d.py')]
  const after = filesAfter(files, {
    type: 'files_changed',
    changed: [file('c.py'), file('b.py', 2), file('Z.py')],
    removed: ['a.py', 'no.py'],
  })
  expect(after.map(({ path, size }) => [path, size])).toEqual([
    ['Z.py', 1],
    ['b.py', 2],
    ['c.py', 1],
    ['d.py', 1],
  ])
  expect(files.map(({ path }) => path)).toEqual(['a.py', 'b.py', 'd.py'])
})

it('a file that was renamed is removed under the one path and there under the other', () => {
  const moved = { type: 'files_changed' as const, changed: [file('z.py')], removed: ['a.py'] }
  expect(filesAfter([file('a.py'), file('b.py')], moved).map(({ path }) => path)).toEqual(['b.py', 'z.py'])
})
