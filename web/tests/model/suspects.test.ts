import { describe, expect, it } from 'vitest'
import { labelOf, SUSPECT } from '@/model/suspects'

const found = (text: string): string[] =>
  Array.from(text.matchAll(SUSPECT), ([character]) => labelOf(character.codePointAt(0)!))

describe('what deceives the eye', () => {
  it('ED8: is every character that turns the direction of the text', () => {
    const all = '\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069'
    expect(found(all)).toEqual([
      'ALM',
      'LRM',
      'RLM',
      'LRE',
      'RLE',
      'PDF',
      'LRO',
      'RLO',
      'LRI',
      'RLI',
      'FSI',
      'PDI',
    ])
  })

  it('ED8: is what cannot be seen, or looks like a blank', () => {
    expect(found('a\u200bb\u00a0c\u00add\ufeffe\u2060f\u3000g\u2028h\u0000i\u3164j')).toEqual([
      'ZWSP',
      'NBSP',
      'SHY',
      'BOM',
      'WJ',
      'IDSP',
      'LSEP',
      'NUL',
      'U+3164',
    ])
    expect(found('a\u{e0041}\u{e0101}b\ufe01')).toEqual(['U+E0041', 'U+E0101', 'U+FE01'])
  })

  it('ED8: is a joiner in Latin text, and none where a script or an emoji needs it', () => {
    expect(found('pass\u200dword and\u200cso')).toEqual(['ZWJ', 'ZWNJ'])
    expect(found('👨‍👩‍👧 👩🏽‍💻 ❤️ 🏳️‍🌈 1️⃣')).toEqual([])
    expect(found('می\u200cخواهم क्\u200dष')).toEqual([])
  })

  it('ED8: is no tab, no blank and no letter', () => {
    expect(found('\tif x:\n  été ñ Ω שלום 漢字 🙂')).toEqual([])
  })
})
