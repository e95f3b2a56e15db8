import { describe, expect, it } from 'vitest'
import { ENCODINGS, likelyEncoding, readAs } from '@/model/readable'

const bytes = (...values: number[]): Uint8Array => new Uint8Array(values)
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

describe('FL7: a text that cannot be edited', () => {
  it('is read by its mark, as UTF-8 where that fits, else byte by byte', () => {
    expect(likelyEncoding(utf8('größe'), true)).toBe('utf-8')
    expect(likelyEncoding(bytes(0xff, 0xfe, 0x61, 0), true)).toBe('utf-16le')
    expect(likelyEncoding(bytes(0x61, 0xe4, 0x62), true)).toBe('windows-1252')
    expect(readAs('windows-1252', bytes(0x61, 0xe4))).toBe('aä')
    expect(readAs('utf-8', bytes(0x61, 0xff))).toBe('a\uFFFD')
  })

  it('may be cut within a character', () => {
    const cut = utf8('aé').subarray(0, 2)
    expect(likelyEncoding(cut, false)).toBe('utf-8')
    expect(likelyEncoding(cut, true)).toBe('windows-1252')
  })

  it('is no text with a NUL in it', () => {
    expect(likelyEncoding(bytes(0x61, 0, 0x62), true)).toBeNull()
  })

  it('can be read in every encoding that is offered', () => {
    for (const encoding of ENCODINGS) expect(readAs(encoding, utf8('ab')).length).toBeGreaterThan(0)
  })
})
