/** Which files have a preview, and where what they refer to is. */
import { baseName } from '@/model/tree'

export type PreviewKind = 'markdown' | 'html' | 'svg'

const ENDINGS = new Map<string, PreviewKind>([
  ['md', 'markdown'],
  ['markdown', 'markdown'],
  ['mkd', 'markdown'],
  ['html', 'html'],
  ['htm', 'html'],
  ['xhtml', 'html'],
  ['svg', 'svg'],
])

/** Null: there is nothing to see but the text. */
export function previewKind(path: string): PreviewKind | null {
  const [, ending] = /\.([^.]+)$/.exec(baseName(path)) ?? []
  return (ending && ENDINGS.get(ending.toLowerCase())) || null
}

/**
 * The session's file that `reference` in the file `from` means. Null for an address elsewhere, and for one that leads out
 * of the session.
 */
export function fileMeant(from: string, reference: string): string | null {
  const [address = ''] = reference.trim().split(/[?#]/)
  if (!address || /^[a-z][a-z0-9+.-]*:|^\/\/|\\/i.test(address)) return null
  let decoded: string
  try {
    decoded = decodeURIComponent(address)
  } catch {
    return null
  }
  const parts = decoded.startsWith('/') ? [] : from.split('/').slice(0, -1)
  for (const part of decoded.split('/')) {
    if (part === '..') {
      if (parts.pop() === undefined) return null
    } else if (part && part !== '.') parts.push(part)
  }
  return parts.length ? parts.join('/') : null
}
