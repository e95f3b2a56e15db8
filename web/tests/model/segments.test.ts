import { describe, expect, it } from 'vitest'
import { segments } from '@/model/segments'

describe('segments', () => {
  it('cuts a line where a token or a mark begins or ends', () => {
    const made = segments(
      'let abc = 1',
      [
        { from: 0, to: 3, look: 'k' },
        { from: 4, to: 7, look: 'v' },
      ],
      [[2, 5]],
    )
    expect(made.map(({ text, look, marked }) => [text, look, marked])).toEqual([
      ['le', 'k', false],
      ['t', 'k', true],
      [' ', '', true],
      ['a', 'v', true],
      ['bc', 'v', false],
      [' = 1', '', false],
    ])
  })

  it('gives one stretch for a plain line and none for an empty one', () => {
    expect(segments('plain', [], [])).toEqual([{ text: 'plain', look: '', marked: false }])
    expect(segments('', [], [])).toEqual([])
  })
})
