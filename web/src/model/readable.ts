/** Bytes of a file that the editor does not take, as a text that can at least be read. */

const MARKS: readonly [string, readonly number[]][] = [
  ['utf-8', [0xef, 0xbb, 0xbf]],
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
]
const LOOKED_AT = 8000

/** What the bytes most likely are; null for what is no text. `whole`: nothing was cut off at their end. */
export function likelyEncoding(bytes: Uint8Array, whole: boolean): string | null {
  const marked = MARKS.find(([, mark]) => mark.every((byte, index) => bytes[index] === byte))
  if (marked) return marked[0]
  if (bytes.subarray(0, LOOKED_AT).includes(0)) return null
  return fits('utf-8', bytes, whole) ? 'utf-8' : 'windows-1252'
}

/** Read so, with a mark (U+FFFD) where that does not fit. */
export function readAs(encoding: string, bytes: Uint8Array): string {
  return new TextDecoder(encoding).decode(bytes)
}

function fits(encoding: string, bytes: Uint8Array, whole: boolean): boolean {
  try {
    new TextDecoder(encoding, { fatal: true }).decode(bytes, { stream: !whole })
    return true
  } catch {
    return false
  }
}

/** Encodings that a browser reads, for who knows better. */
export const ENCODINGS = [
  'utf-8',
  'windows-1252',
  'iso-8859-2',
  'windows-1251',
  'koi8-r',
  'shift_jis',
  'euc-jp',
  'gb18030',
  'big5',
  'euc-kr',
  'utf-16le',
  'utf-16be',
] as const
