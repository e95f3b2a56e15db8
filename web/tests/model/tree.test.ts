import { describe, expect, it } from 'vitest'
import { baseName, buildTree, copyName, folderOf, mayMoveTo, tabNames, visibleRows } from '@/model/tree'
import { processorSince } from '../processor'

const files = ['src/b10.py', 'src/b2.py', 'README.md', 'src/deep/x.ts', 'a.txt'].map((path) => ({
  path,
  binary: false,
}))
const names = (closed: string[] = []) =>
  visibleRows(buildTree(files), new Set(closed)).map(({ node, depth }) => '  '.repeat(depth) + node.name)

describe('buildTree', () => {
  it('puts folders first and sorts names as people do', () => {
    expect(names()).toEqual(['src', '  deep', '    x.ts', '  b2.py', '  b10.py', 'a.txt', 'README.md'])
  })

  it('makes the folders that only hold folders', () => {
    const [top] = buildTree([{ path: 'a/b/c.txt', binary: false }])
    expect(top).toMatchObject({
      kind: 'folder',
      path: 'a',
      children: [{ path: 'a/b', children: [{ path: 'a/b/c.txt' }] }],
    })
  })
})

describe('visibleRows', () => {
  it('hides what is in shut folders', () => {
    expect(names(['src'])).toEqual(['src', 'a.txt', 'README.md'])
    expect(names(['src/deep'])).toEqual(['src', '  deep', '  b2.py', '  b10.py', 'a.txt', 'README.md'])
  })

  it('counts each row among its siblings', () => {
    const rows = visibleRows(buildTree(files), new Set(['src']))
    expect(rows.map(({ place, siblings }) => `${place}/${siblings}`)).toEqual(['1/3', '2/3', '3/3'])
  })
})

describe('tabNames', () => {
  it('takes as much of the folder as tells files of one name apart', () => {
    const made = tabNames(['a/index.ts', 'b/index.ts', 'c/main.ts', 'x/a/index.ts'])
    expect([...made.values()]).toEqual(['a/index.ts', 'b/index.ts', 'main.ts', 'x/a/index.ts'])
  })
})

describe('paths', () => {
  it('are cut at the last slash', () => {
    expect([baseName('a/b.c'), folderOf('a/b.c'), baseName('b'), folderOf('b')]).toEqual([
      'b.c',
      'a',
      'b',
      '',
    ])
  })
})

describe('FL1: the name of a copy', () => {
  const taken =
    (...paths: string[]) =>
    (path: string) =>
      paths.includes(path)

  it.each([
    ['src/a.py', [], 'src/a copy.py'],
    ['src/a.py', ['src/a copy.py', 'src/a copy 2.py'], 'src/a copy 3.py'],
    ['a copy.py', ['a copy.py'], 'a copy 2.py'],
    ['Makefile', [], 'Makefile copy'],
    ['.gitignore', [], '.gitignore copy'],
    ['x/archive.tar.gz', [], 'x/archive.tar copy.gz'],
  ])('%s beside %o is %s', (path, paths, name) => {
    expect(copyName(path, taken(...paths))).toBe(name)
  })
})

describe('FL2: where something may be moved', () => {
  it('is anywhere but where it is and into itself', () => {
    expect(mayMoveTo('src/a.py', '')).toBe(true)
    expect(mayMoveTo('src/a.py', 'lib')).toBe(true)
    expect(mayMoveTo('src/a.py', 'src')).toBe(false)
    expect(mayMoveTo('src', '')).toBe(false)
    expect(mayMoveTo('src', 'src')).toBe(false)
    expect(mayMoveTo('src', 'src/deep')).toBe(false)
    expect(mayMoveTo('src', 'src2')).toBe(true)
  })
})

describe('FL5: thousands of files', () => {
  it('are a tree and its rows in a moment', () => {
    const many = Array.from({ length: 5000 }, (_, n) => ({
      path: `d${n % 50}/e${n % 7}/file${n}.ts`,
      binary: false,
    }))
    const started = process.cpuUsage()
    const rows = visibleRows(buildTree(many), new Set())
    expect(rows.length).toBe(5000 + 50 + 350)
    expect(processorSince(started)).toBeLessThan(1000)
  })
})
