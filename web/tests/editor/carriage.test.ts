import { EditorState, Text } from '@codemirror/state'
import { describe, expect, it } from 'vitest'
import { beforeCarriageReturn, carriageReturns, hasReturns } from '@/editor/carriage'

const doc = Text.of(['one\r', 'two', '\r', 'four\r'])

describe('beforeCarriageReturn', () => {
  it('steps back from between a carriage return and its line break, and from nowhere else', () => {
    const moved = Array.from({ length: doc.length + 1 }, (_, i) => i).filter(
      (i) => beforeCarriageReturn(doc, i) !== i,
    )
    expect(moved).toEqual([4, 10, 16])
    expect(moved.map((i) => beforeCarriageReturn(doc, i))).toEqual([3, 9, 15])
  })
})

describe('hasReturns', () => {
  it('finds one anywhere in a long text, and knows when it is gone', () => {
    const lines = Array.from({ length: 2_000 }, (_, n) => `line ${n}`)
    const text = Text.of(lines)
    expect(hasReturns(text)).toBe(false)
    const with1 = text.replace(9_000, 9_000, Text.of(['\r', '']))
    expect(hasReturns(with1)).toBe(true)
    expect(hasReturns(with1.replace(9_000, 9_001, Text.empty))).toBe(false)
  })
})

describe('carriageReturns', () => {
  const state = EditorState.create({
    doc,
    extensions: [carriageReturns, EditorState.allowMultipleSelections.of(true)],
  })

  it('keeps a caret that goes to the end of a line before the carriage return', () => {
    expect(state.update({ selection: { anchor: 4 } }).state.selection.main.head).toBe(3)
    expect(state.update({ selection: { anchor: 8 } }).state.selection.main.head).toBe(8)
  })

  it('keeps both ends of a selection out, and its direction', () => {
    const { main } = state.update({ selection: { anchor: 10, head: 4 } }).state.selection
    expect([main.anchor, main.head]).toEqual([9, 3])
  })

  it('leaves texts as they are', () => {
    expect(state.update({ selection: { anchor: 4 } }).state.doc.eq(doc)).toBe(true)
  })
})
