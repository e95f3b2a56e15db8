/** Which paths a file may have: what the server's `session/paths.py` says, so that it can be said beside the field. The server has the last word. */

export type PathFault =
  | { kind: 'empty' | 'folder' | 'dots' | 'gap' | 'long' | 'longName' | 'control' | 'edges' }
  | { kind: 'character' | 'device' | 'git' | 'exists' | 'file' | 'looks'; what: string }

const PATH_BYTES = 1024
const NAME_BYTES = 255
// Characters that HFS+ ignores when it compares names.
const IGNORED = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/gu
const DEVICES = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(\..*)?$/iu
const GIT_SHORT_NAMES = /^(git~\d+|gi[0-9a-f]{4}~\d+)$/iu
const FORBIDDEN = /[\\:*?"<>|]/u
const CONTROL = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u
/** What turns the text around, or is not seen at all. */
const UNSEEN = /[\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]/u

/** What is wrong with a path, by itself; null: nothing. */
export function pathFault(path: string): PathFault | null {
  if (!path) return { kind: 'empty' }
  if (path.endsWith('/')) return { kind: 'folder' }
  for (const part of path.split('/')) {
    const fault = nameFault(part)
    if (fault) return fault
  }
  return bytes(path) > PATH_BYTES ? { kind: 'long' } : null
}

function nameFault(name: string): PathFault | null {
  if (name === '') return { kind: 'gap' }
  if (name === '.' || name === '..') return { kind: 'dots' }
  if (bytes(name) > NAME_BYTES) return { kind: 'longName' }
  if (CONTROL.test(name) || UNSEEN.test(name)) return { kind: 'control' }
  const found = FORBIDDEN.exec(name)
  if (found) return { kind: 'character', what: found[0] }
  if (name !== name.trim() || name.endsWith('.')) return { kind: 'edges' }
  if (DEVICES.test(name)) return { kind: 'device', what: name }
  const plain = name.replace(IGNORED, '').normalize('NFKC').toLowerCase()
  if (plain === '.git' || plain === '.gitmodules' || GIT_SHORT_NAMES.test(plain))
    return { kind: 'git', what: name }
  return null
}

/** What of a session's files stands in the way of a further one at this path; null: nothing. */
export function takenBy(path: string, files: Iterable<string>): PathFault | null {
  const wanted = comparable(path)
  const folders = foldersOf(path)
  const alike = new Map(folders.map((folder) => [comparable(folder), folder]))
  for (const file of files) {
    if (file === path) return { kind: 'exists', what: file }
    const key = comparable(file)
    if (key === wanted) return { kind: 'looks', what: file }
    if (alike.has(key)) return { kind: 'file', what: file }
    for (const folder of foldersOf(file)) {
      const other = comparable(folder)
      if (other === wanted) return { kind: 'exists', what: folder }
      const mine = alike.get(other)
      if (mine !== undefined && mine !== folder) return { kind: 'looks', what: folder }
    }
  }
  return null
}

function foldersOf(path: string): string[] {
  const parts = path.split('/').slice(0, -1)
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'))
}

/** What two paths share when a file system that ignores case and normal forms takes them for one. */
function comparable(path: string): string {
  return path.normalize('NFC').toLowerCase().normalize('NFC')
}

function bytes(text: string): number {
  return new TextEncoder().encode(text).length
}
