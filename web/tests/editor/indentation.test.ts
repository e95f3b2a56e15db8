import { Text } from '@codemirror/state'
import { describe, expect, it } from 'vitest'
import { detectIndentation, indentationFrom } from '@/editor/indentation'
import { INDENTS } from '@/model/preferences'

const detect = (text: string) => detectIndentation(Text.of(text.split('\n')))

describe('detectIndentation', () => {
  it('finds the step by which lines get deeper', () => {
    expect(detect('a\n  b\n    c\n  d\n')).toEqual({ tabs: false, width: 2 })
    expect(detect('a:\n    b:\n        c\n')).toEqual({ tabs: false, width: 4 })
  })

  it('finds tabs', () => {
    expect(detect('a\n\tb\n\t\tc\n')).toEqual({ tabs: true, width: 4 })
  })

  it('is not led astray by the stars of a comment', () => {
    expect(detect('/**\n * a\n * b\n */\nf() {\n    x\n}\n/**\n * c\n */\n')).toEqual({
      tabs: false,
      width: 4,
    })
  })

  it('finds nothing in a text that tells nothing', () => {
    expect(detect('')).toBeNull()
    expect(detect('a\nb\n')).toBeNull()
  })
})

describe('indentationFrom', () => {
  it('reads what one chooses from', () => {
    expect(INDENTS.map(indentationFrom)).toContainEqual({ tabs: true, width: 8 })
    expect(INDENTS.map(indentationFrom)).toContainEqual({ tabs: false, width: 2 })
  })
})
