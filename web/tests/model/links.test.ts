import { describe, expect, it } from 'vitest'
import { pieces } from '@/model/links'

const links = (text: string) => pieces(text).flatMap(({ href }) => href ?? [])

describe('pieces', () => {
  it('finds addresses and leaves the stop of the sentence out', () => {
    expect(links('See https://example.org/a?b=1#c, and http://x.y.')).toEqual([
      'https://example.org/a?b=1#c',
      'http://x.y',
    ])
  })

  it('keeps a bracket that the address opened', () => {
    expect(links('(https://en.example/Pratt_(parser))')).toEqual(['https://en.example/Pratt_(parser)'])
  })

  it('makes no link of anything but http and https', () => {
    expect(links('javascript:alert(1) data:text/html,x ftp://a.b file:///etc')).toEqual([])
  })

  it('gives the text again when joined', () => {
    for (const text of ['', 'no link', 'https://a.b', 'x https://a.b) y <b>https://c.d</b>\n']) {
      expect(
        pieces(text)
          .map((piece) => piece.text)
          .join(''),
      ).toBe(text)
    }
  })
})
