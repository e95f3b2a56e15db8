import { describe, expect, it } from 'vitest'
import { crc32, storeZip } from '@/model/zip'

const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text)

describe('crc32', () => {
  it('is the checksum of PKZIP', () => {
    expect(crc32(bytes('123456789'))).toBe(0xcbf43926)
    expect(crc32(bytes(''))).toBe(0)
  })
})

describe('storeZip', () => {
  it('holds each file behind its head, and says in its directory where', async () => {
    const zip = storeZip([
      { path: 'a.txt', bytes: bytes('hello') },
      { path: 'src/é.py', bytes: bytes('') },
    ])
    const data = new DataView(await zip.arrayBuffer())
    const end = data.byteLength - 22
    expect(data.getUint32(end, true)).toBe(0x06054b50)
    expect(data.getUint16(end + 10, true)).toBe(2)
    const directory = data.getUint32(end + 16, true)
    expect(directory + data.getUint32(end + 12, true)).toBe(end)
    const text = (at: number, length: number): string =>
      new TextDecoder().decode(new Uint8Array(data.buffer, at, length))
    let at = directory
    for (const [path, content] of [
      ['a.txt', 'hello'],
      ['src/é.py', ''],
    ] as const) {
      expect(data.getUint32(at, true)).toBe(0x02014b50)
      const name = data.getUint16(at + 28, true)
      expect(text(at + 46, name)).toBe(path)
      expect(data.getUint32(at + 16, true)).toBe(crc32(bytes(content)))
      const head = data.getUint32(at + 42, true)
      expect(data.getUint32(head, true)).toBe(0x04034b50)
      expect(text(head + 30, name)).toBe(path)
      expect(text(head + 30 + name, data.getUint32(head + 22, true))).toBe(content)
      at += 46 + name
    }
    expect(at).toBe(end)
  })
})
