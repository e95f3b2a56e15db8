import { describe, expect, it } from 'vitest'
import { sizeOf } from '@/model/bytes'

describe('sizeOf', () => {
  it.each([
    [0, '0 bytes'],
    [512, '512 bytes'],
    [999, '999 bytes'],
    [1000, '1 kB'],
    [3_440, '3.4 kB'],
    [34_400, '34 kB'],
    [999_600, '1 MB'],
    [2_000_000_000, '2 GB'],
    [7e15, '7,000 TB'],
  ])('%d bytes are %s', (bytes, said) => {
    expect(sizeOf(bytes)).toBe(said)
  })
})
