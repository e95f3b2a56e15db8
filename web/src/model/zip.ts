/** A zip without compression, for handing many files to the server as one import (APPNOTE.TXT of PKWARE, without zip64). */

export interface ZipFile {
  path: string
  bytes: Uint8Array<ArrayBuffer>
}

const UTF8_NAMES = 0x800
const VERSION = 20

let table: Uint32Array | null = null

/** The checksum of PKZIP, Ethernet and PNG. */
export function crc32(bytes: Uint8Array): number {
  table ??= Uint32Array.from({ length: 256 }, (_, n) => {
    let crc = n
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
    return crc
  })
  let crc = 0xffffffff
  for (const byte of bytes) crc = (crc >>> 8) ^ table[(crc ^ byte) & 255]!
  return (crc ^ 0xffffffff) >>> 0
}

export function storeZip(files: readonly ZipFile[]): Blob {
  const encoder = new TextEncoder()
  const body: BlobPart[] = []
  const directory: BlobPart[] = []
  let offset = 0
  let directoryLength = 0
  for (const { path, bytes } of files) {
    const name = encoder.encode(path)
    // Version, flags, method, time, date (the first of 1980), checksum, both sizes, length of the name, no extra.
    const about = [
      [2, VERSION],
      [2, UTF8_NAMES],
      [2, 0],
      [2, 0],
      [2, 0x21],
      [4, crc32(bytes)],
      [4, bytes.length],
      [4, bytes.length],
      [2, name.length],
      [2, 0],
    ] as const
    const head = record(0x04034b50, about)
    body.push(head, name, bytes)
    // Made by, and in the end: comment, disk, attributes, and where the file's head is.
    const rest = [
      [2, 0],
      [2, 0],
      [2, 0],
      [4, 0],
      [4, offset],
    ] as const
    directory.push(record(0x02014b50, [[2, VERSION], ...about, ...rest]), name)
    directoryLength += 46 + name.length
    offset += head.length + name.length + bytes.length
  }
  const end = record(0x06054b50, [
    [2, 0],
    [2, 0],
    [2, files.length],
    [2, files.length],
    [4, directoryLength],
    [4, offset],
    [2, 0],
  ])
  return new Blob([...body, ...directory, end], { type: 'application/zip' })
}

function record(signature: number, fields: readonly (readonly [2 | 4, number])[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4 + fields.reduce((sum, [size]) => sum + size, 0))
  const view = new DataView(bytes.buffer)
  view.setUint32(0, signature, true)
  let at = 4
  for (const [size, value] of fields) {
    if (size === 2) view.setUint16(at, value, true)
    else view.setUint32(at, value, true)
    at += size
  }
  return bytes
}
