import { describe, expect, it } from 'vitest'
import type { Revision } from '@/api/types'
import { fileOf, isUncounted, rowsOf, shortId, sumOf, titleOf } from '@/model/revisions'

describe('revisions', () => {
  it('are called by seven characters and the first line', () => {
    expect(shortId('a1b2c3d4e5f6')).toBe('a1b2c3d')
    expect(titleOf({ message: 'Edit a.py\n\nmore' })).toBe('Edit a.py')
  })

  it('sum their files; files that are not text add nothing', () => {
    const files = [
      { path: 'a', added: 2, removed: 1 },
      { path: 'b', added: null, removed: null },
      { path: 'c', added: 3, removed: 0 },
    ]
    expect(sumOf({ files })).toEqual([5, 1])
    expect(isUncounted({ files })).toBe(true)
    expect(isUncounted({ files: files.slice(2) })).toBe(false)
  })

  const revision = (id: string, at: string, parents = ['p']): Revision => ({
    id,
    parents,
    at,
    authors: [],
    message: '',
    names: [],
    shares: [],
    people: parents.length - 1,
    files: [],
    comments: 0,
  })

  it('are listed by day, with their people below an open window', () => {
    const now = new Date(2026, 10, 23, 12)
    const list = [
      revision('c', new Date(2026, 10, 23, 11).toISOString(), ['b', 'x']),
      revision('b', new Date(2026, 10, 23, 10).toISOString(), ['a', 'y']),
      revision('a', new Date(2026, 10, 22, 10).toISOString()),
    ]
    const opened = new Map<string, readonly Revision[] | 'waiting'>([
      ['c', [revision('x', list[0]!.at)]],
      ['b', 'waiting'],
    ])
    const rows = rowsOf(list, opened, true, now)
    expect(rows.map(({ kind }) => kind)).toEqual([
      ...['day', 'revision', 'person', 'revision', 'waiting', 'day', 'revision'],
    ])
    expect(rows.flatMap((row) => (row.kind === 'day' ? [[row.count, row.whole]] : []))).toEqual([
      [2, true],
      [1, false],
    ])
    expect(rows.flatMap((row) => (row.kind === 'revision' ? [row.open] : []))).toEqual([true, true, null])
    expect(new Set(rows.map(({ key }) => key)).size).toBe(rows.length)
  })

  it('say of one file what became of it', () => {
    const files = [
      { path: 'a', added: 1, removed: 0 },
      { path: 'b', added: 0, removed: 0, old_path: 'c' },
    ]
    expect(fileOf({ ...revision('a', ''), files, path: 'b' })).toBe(files[1])
    expect(fileOf({ ...revision('a', ''), files })).toBeNull()
  })
})
