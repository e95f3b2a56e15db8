import { beforeEach, describe, expect, it } from 'vitest'
import { treeKeys, type TreeAction } from '@/composables/treekeys'
import { buildTree, visibleRows } from '@/model/tree'

const files = ['docs/a.md', 'src/deep/x.ts', 'src/app.ts', 'apple.txt', 'avocado.txt'].map((path) => ({
  path,
  binary: false,
}))

let closed: Set<string>
let at: string
let chosen: string[]
let acted: [TreeAction, string][]
let mayEdit: boolean
let clock: number
const rows = () => visibleRows(buildTree(files), closed)
const index = (): number => rows().findIndex(({ node }) => node.path === at)
const press = treeKeys({
  rows,
  index,
  page: () => 3,
  goTo: (to) => (at = rows()[to]?.node.path ?? at),
  toggle(folders, open) {
    for (const path of folders) {
      if (open) closed.delete(path)
      else closed.add(path)
    }
  },
  choose: ({ node }) => chosen.push(node.path),
  act: (action, { node }) => acted.push([action, node.path]),
  mayEdit: () => mayEdit,
})

/** Presses keys one after another; gives whether the last was taken. */
function keys(...names: string[]): boolean {
  let taken = false
  for (const name of names) {
    const ctrlKey = name.startsWith('Ctrl+')
    press({
      key: name.replace('Ctrl+', ''),
      ctrlKey,
      metaKey: false,
      altKey: false,
      shiftKey: false,
      timeStamp: (clock += 10),
      preventDefault: () => (taken = true),
    } as unknown as KeyboardEvent)
  }
  return taken
}

beforeEach(() => {
  closed = new Set()
  at = 'docs'
  chosen = []
  acted = []
  mayEdit = true
  clock = 0
})

describe('FL5: the keys of the tree', () => {
  it('arrows, Home, End and pages go over the rows and stop at the ends', () => {
    keys('ArrowDown', 'ArrowDown')
    expect(at).toBe('src')
    keys('End', 'ArrowDown')
    expect(at).toBe('avocado.txt')
    keys('PageUp')
    expect(at).toBe('src/deep/x.ts')
    keys('Home', 'ArrowUp')
    expect(at).toBe('docs')
    keys('PageDown')
    expect(at).toBe('src/deep')
  })

  it('left and right shut and open folders, and go up and in', () => {
    keys('ArrowRight')
    expect(at).toBe('docs/a.md')
    expect(keys('ArrowRight')).toBe(false)
    keys('ArrowLeft')
    expect(at).toBe('docs')
    keys('ArrowLeft')
    expect([...closed]).toEqual(['docs'])
    keys('ArrowLeft')
    expect(at).toBe('docs')
    keys('ArrowRight')
    expect([...closed]).toEqual([])
  })

  it('* opens all folders beside the one with the focus', () => {
    closed = new Set(['docs', 'src', 'src/deep'])
    keys('*')
    expect([...closed]).toEqual(['src/deep'])
  })

  it('letters go to names: one again and again from one to the next, several to where they fit', () => {
    keys('a')
    expect(at).toBe('docs/a.md')
    keys('a')
    expect(at).toBe('src/app.ts')
    clock += 1000
    keys('a', 'v')
    expect(at).toBe('avocado.txt')
    clock += 1000
    keys('z')
    expect(at).toBe('avocado.txt')
  })

  it('says what is to be done with a row, and only to who may', () => {
    keys('F2', 'Delete', 'Ctrl+x', 'Ctrl+c', 'Ctrl+v', 'Ctrl+d', 'Escape', 'Enter', ' ')
    const actions = ['rename', 'delete', 'cut', 'copy', 'paste', 'duplicate', 'release']
    expect(acted).toEqual(actions.map((action) => [action, 'docs']))
    expect(chosen).toEqual(['docs', 'docs'])
    mayEdit = false
    acted = []
    for (const key of ['F2', 'Delete', 'Ctrl+x', 'Ctrl+v', 'Ctrl+d']) expect(keys(key)).toBe(false)
    expect(acted).toEqual([])
    expect(keys('Ctrl+f', 'Tab')).toBe(false)
  })
})
