import { ChangeSet, Text } from '@codemirror/state'
import { describe, expect, it } from 'vitest'
import { difference } from '@/editor/binding'

const text = (value: string) => Text.of(value.split('\n'))
const made = (a: string, b: string) => {
  const change = difference(text(a), text(b))
  return change && ChangeSet.of(change, a.length).apply(text(a)).toString()
}

describe('difference', () => {
  it('makes the new text, whatever the two have in common', () => {
    for (const [a, b] of [
      ['abc', 'abXc'],
      ['aaa', 'aa'],
      ['', 'x\ny'],
      ['x\ny', ''],
      ['one\ntwo', 'one\r\ntwo'],
      ['🙂', '🙃'],
      ['a🙂b', 'a🙃b'],
      ['🙂🙂', '🙂'],
    ] as const) {
      expect(made(a, b), `${JSON.stringify(a)} → ${JSON.stringify(b)}`).toBe(b)
    }
  })

  it('is nothing for equal texts', () => {
    expect(difference(text('a\nb'), text('a\nb'))).toBeNull()
  })

  it('leaves the common ends alone and cuts no pair', () => {
    expect(difference(text('abcdef'), text('abXef'))).toMatchObject({ from: 2, to: 4 })
    expect(difference(text('a🙂b'), text('a🙃b'))).toMatchObject({ from: 1, to: 3 })
  })
})
