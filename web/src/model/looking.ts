/** What of a revision is looked at, as the address of the page says it (LK1). */

export type LookingView = 'changes' | 'files' | 'file' | 'blame'

export interface Looking {
  view: LookingView
  /** What the revision is compared with; null: the one before it. */
  base: string | null
  /** The file that is shown, or that the difference is scrolled to. */
  file: string | null
  /** The folder whose files are listed; empty: all of them. */
  folder: string
  line: Line | null
}

export interface Line {
  /** The old side of a difference. */
  old: boolean
  number: number
}

type Query = Record<string, string | null | undefined | readonly (string | null)[]>

/** What an address asks for; what cannot be is left out. */
export function lookingOf(query: Query, hash: string): Looking {
  const one = (key: string): string | null => {
    const value = [query[key]].flat()[0]
    return typeof value === 'string' && value !== '' ? value : null
  }
  const file = one('file')
  const wanted = one('view')
  const view: LookingView =
    wanted === 'files' ? 'files' : (wanted === 'file' || wanted === 'blame') && file ? wanted : 'changes'
  return { view, base: one('base'), file, folder: one('folder') ?? '', line: lineOf(hash) }
}

/** `#L12`, or `#O12` for the old side. */
export function lineOf(hash: string): Line | null {
  const found = /^#([LO])([1-9]\d{0,8})$/.exec(hash)
  return found && { old: found[1] === 'O', number: Number(found[2]) }
}

export function hashOf(line: Line | null): string {
  return line ? `#${line.old ? 'O' : 'L'}${line.number}` : ''
}

/** The address of what is looked at, without what need not be said. */
export function lookingQuery(looking: Partial<Looking>): Record<string, string> {
  const { view = 'changes', base, file, folder } = looking
  return {
    ...(view !== 'changes' && { view }),
    ...(view === 'changes' && base && { base }),
    ...(view === 'files' && folder && { folder }),
    ...(view !== 'files' && file && { file }),
  }
}

export interface Folder<T> {
  folders: { name: string; path: string; files: number }[]
  files: T[]
}

/** What a folder has in it, by name. */
export function folderOf<T extends { path: string }>(files: readonly T[], folder: string): Folder<T> {
  const start = folder && folder + '/'
  const folders = new Map<string, number>()
  const here: T[] = []
  for (const file of files) {
    if (!file.path.startsWith(start)) continue
    const end = file.path.indexOf('/', start.length)
    if (end < 0) here.push(file)
    else {
      const path = file.path.slice(0, end)
      folders.set(path, (folders.get(path) ?? 0) + 1)
    }
  }
  const byName = (a: string, b: string): number => a.localeCompare(b, undefined, { numeric: true })
  return {
    folders: [...folders]
      .map(([path, count]) => ({ name: path.slice(start.length), path, files: count }))
      .sort((a, b) => byName(a.name, b.name)),
    files: here.sort((a, b) => byName(a.path, b.path)),
  }
}

/** The folders that a path goes through, each with its name. */
export function stepsOf(path: string): { name: string; path: string }[] {
  const names = path ? path.split('/') : []
  return names.map((name, index) => ({ name, path: names.slice(0, index + 1).join('/') }))
}
