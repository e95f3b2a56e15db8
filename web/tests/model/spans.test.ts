import { Text } from '@codemirror/state'
import { describe, expect, it } from 'vitest'
import { rangeOfSpan, spanOfRange } from '@/model/spans'

const doc = Text.of(['one', '', '😀 three'])

describe('CW6: stretches of an old text, in units and in lines', () => {
  it('goes there and back', () => {
    const range = { start_line: 1, start_column: 2, end_line: 3, end_column: 3 }
    const span = spanOfRange(doc, range)
    expect(doc.sliceString(span.from, span.to)).toBe('ne\n\n😀')
    expect(rangeOfSpan(doc, span)).toEqual(range)
  })

  it('takes the whole line where nothing is marked, and keeps within the text', () => {
    expect(rangeOfSpan(doc, { from: 4, to: 4 })).toEqual({ start_line: 2, end_line: 2 })
    const beyond = { start_line: 3, start_column: 99, end_line: 99, end_column: 9 }
    expect(spanOfRange(doc, beyond)).toEqual({ from: doc.length, to: doc.length })
  })
})
