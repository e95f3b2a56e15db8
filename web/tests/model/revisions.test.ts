import { describe, expect, it } from 'vitest'
import { shortId, sumOf, titleOf } from '@/model/revisions'

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
  })
})
