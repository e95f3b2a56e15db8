import { describe, expect, it } from 'vitest'
import { folderOf, hashOf, lineOf, lookingOf, lookingQuery, stepsOf } from '@/model/looking'

describe('the address of what is looked at', () => {
  it('LK1: comes back as it was', () => {
    const file = {
      view: 'blame',
      base: null,
      file: 'src/a b.py',
      folder: '',
      line: { old: false, number: 12 },
    } as const
    expect(lookingOf(lookingQuery(file), hashOf(file.line))).toEqual(file)
    const changes = {
      view: 'changes',
      base: 'abc',
      file: 'a',
      folder: '',
      line: { old: true, number: 3 },
    } as const
    expect(lookingOf(lookingQuery(changes), hashOf(changes.line))).toEqual(changes)
    const files = { view: 'files', base: null, file: null, folder: 'src/x', line: null } as const
    expect(lookingOf(lookingQuery(files), '')).toEqual(files)
    expect(lookingQuery({})).toEqual({})
  })

  it('LK1: what cannot be is left out', () => {
    const nothing = { view: 'changes', base: null, file: null, folder: '', line: null }
    expect(lookingOf({ view: 'else', base: '', file: null }, '#x')).toEqual(nothing)
    expect(lookingOf({ view: 'blame' }, '')).toEqual(nothing)
    expect(lookingOf({ base: ['a', 'b'] }, '').base).toBe('a')
    for (const hash of ['', '#L0', '#L', '#L1x', '#l1', '#L9999999999']) expect(lineOf(hash)).toBeNull()
  })
})

describe('folders', () => {
  const files = ['b.py', 'a10.py', 'a9.py', 'src/x.py', 'src/deep/y.py', 'src-old/z.py'].map((path) => ({
    path,
  }))

  it('have their own files and folders, by name', () => {
    const top = folderOf(files, '')
    expect(top.files.map(({ path }) => path)).toEqual(['a9.py', 'a10.py', 'b.py'])
    expect(top.folders).toEqual([
      { name: 'src', path: 'src', files: 2 },
      { name: 'src-old', path: 'src-old', files: 1 },
    ])
    expect(folderOf(files, 'src')).toEqual({
      folders: [{ name: 'deep', path: 'src/deep', files: 1 }],
      files: [{ path: 'src/x.py' }],
    })
    expect(folderOf(files, 'sr')).toEqual({ folders: [], files: [] })
  })

  it('are the steps of a path', () => {
    expect(stepsOf('a/b')).toEqual([
      { name: 'a', path: 'a' },
      { name: 'b', path: 'a/b' },
    ])
    expect(stepsOf('')).toEqual([])
  })
})
