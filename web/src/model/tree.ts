/** The list of files as a tree of folders, and the tree as rows that can be walked with the keyboard. */

export interface TreeFile {
  path: string
  binary: boolean
}

export interface TreeFolderNode {
  kind: 'folder'
  name: string
  path: string
  children: TreeNode[]
}

export interface TreeFileNode<F extends TreeFile = TreeFile> {
  kind: 'file'
  name: string
  path: string
  file: F
}

export type TreeNode = TreeFolderNode | TreeFileNode

export interface TreeRow {
  node: TreeNode
  /** 0 at the top. */
  depth: number
  open: boolean
  /** Place among its siblings, from 1, and their number: what a screen reader says. */
  place: number
  siblings: number
}

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' })

/** Folders first, then files, each by name as people sort them (`a2` before `a10`). */
export function buildTree(files: readonly TreeFile[]): TreeNode[] {
  const root: TreeFolderNode = { kind: 'folder', name: '', path: '', children: [] }
  const folders = new Map<string, TreeFolderNode>([['', root]])
  const folder = (path: string): TreeFolderNode => {
    const known = folders.get(path)
    if (known) return known
    const made: TreeFolderNode = { kind: 'folder', name: baseName(path), path, children: [] }
    folders.set(path, made)
    folder(folderOf(path)).children.push(made)
    return made
  }
  for (const file of files) {
    folder(folderOf(file.path)).children.push({
      kind: 'file',
      name: baseName(file.path),
      path: file.path,
      file,
    })
  }
  for (const { children } of folders.values()) children.sort(compare)
  return root.children
}

function compare(a: TreeNode, b: TreeNode): number {
  if (a.kind !== b.kind) return a.kind === 'folder' ? -1 : 1
  return collator.compare(a.name, b.name) || (a.name < b.name ? -1 : 1)
}

/** The rows that are seen when the folders in `closed` are shut. */
export function visibleRows(nodes: readonly TreeNode[], closed: ReadonlySet<string>): TreeRow[] {
  const rows: TreeRow[] = []
  const walk = (siblings: readonly TreeNode[], depth: number): void => {
    for (const [index, node] of siblings.entries()) {
      const open = node.kind === 'folder' && !closed.has(node.path)
      rows.push({ node, depth, open, place: index + 1, siblings: siblings.length })
      if (open) walk(node.children, depth + 1)
    }
  }
  walk(nodes, 0)
  return rows
}

/** Whether a path is this file or folder, or lies in it. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder + '/')
}

/** The path of a name in a folder; '' is the top. */
export function joined(folder: string, name: string): string {
  return folder ? `${folder}/${name}` : name
}

/** Whether a file or folder can be moved to a folder: not to where it is, and not into itself. */
export function mayMoveTo(path: string, folder: string): boolean {
  return folderOf(path) !== folder && !isWithin(folder, path)
}

/** The first free name for a copy: `notes copy.md`, `notes copy 2.md`. */
export function copyName(path: string, taken: (path: string) => boolean): string {
  const name = baseName(path)
  const dot = name.lastIndexOf('.')
  const [stem, ending] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, '']
  const bare = stem.replace(/ copy( \d+)?$/, '')
  for (let number = 1; ; number++) {
    const free = joined(folderOf(path), `${bare} copy${number > 1 ? ` ${number}` : ''}${ending}`)
    if (!taken(free)) return free
  }
}

export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** The folder of a path without the last slash; '' at the top. */
export function folderOf(path: string): string {
  const cut = path.lastIndexOf('/')
  return cut < 0 ? '' : path.slice(0, cut)
}

/** Names for tabs: the file's name, with as much of its folder as tells it from the others of that name. */
export function tabNames(paths: readonly string[]): Map<string, string> {
  const names = new Map<string, string>()
  for (const path of paths) {
    const parts = path.split('/')
    let take = 1
    const tail = (of: string): string => of.split('/').slice(-take).join('/')
    while (take < parts.length && paths.some((other) => other !== path && tail(other) === tail(path))) take++
    names.set(path, tail(path))
  }
  return names
}
