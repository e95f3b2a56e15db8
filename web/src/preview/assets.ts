/** Pictures and style sheets of the session, for a preview that may load nothing by itself. */
import { fileAddress } from '@/api/files'

export interface Assets {
  /** A picture as a `data:` address; null if there is none. */
  picture(path: string): Promise<string | null>
  text(path: string): Promise<string | null>
}

const TYPES: Record<string, string> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  avif: 'image/avif',
  bmp: 'image/bmp',
  ico: 'image/x-icon',
  svg: 'image/svg+xml',
}
/** Bytes; a larger picture is left out. */
const MOST = 4_000_000
/** Milliseconds for which a file is taken to be the same. */
const FRESH = 5_000

export function assetsOf(session: string): Assets {
  const kept = new Map<string, { at: number; blob: Promise<Blob | null> }>()

  function load(path: string): Promise<Blob | null> {
    const known = kept.get(path)
    if (known && Date.now() - known.at < FRESH) return known.blob
    const blob = fetchFile(session, path)
    kept.set(path, { at: Date.now(), blob })
    return blob
  }

  return {
    async picture(path) {
      const type = TYPES[path.split('.').at(-1)!.toLowerCase()]
      const blob = type ? await load(path) : null
      return blob && dataAddress(new Blob([blob], { type: type! }))
    },
    text: async (path) => (await load(path))?.text() ?? null,
  }
}

async function fetchFile(session: string, path: string): Promise<Blob | null> {
  try {
    const response = await fetch(fileAddress(session, path), { credentials: 'same-origin' })
    if (!response.ok || Number(response.headers.get('Content-Length') ?? 0) > MOST) return null
    const blob = await response.blob()
    return blob.size > MOST ? null : blob
  } catch {
    return null
  }
}

function dataAddress(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.onload = () => resolve(reader.result as string)
    reader.onerror = () => reject(reader.error ?? new Error('unreadable'))
    reader.readAsDataURL(blob)
  })
}
