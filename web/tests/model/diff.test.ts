import { describe, expect, it } from 'vitest'
import { changedPairs, likeness, parseHunks, sideBySide } from '@/model/diff'

const DIFF = `@@ -1,4 +1,5 @@ def head():
 one
-two
+two and more
+three
 four
-
\\ No newline at end of file
+@@ -1 +1 @@
`

describe('parseHunks', () => {
  it('numbers lines on both sides and keeps the heading', () => {
    const [hunk] = parseHunks(DIFF)
    expect(hunk).toMatchObject({ oldStart: 1, newStart: 1, heading: 'def head():' })
    expect(hunk!.lines.map(({ kind, old, new: fresh }) => [kind, old, fresh])).toEqual([
      ['same', 1, 1],
      ['del', 2, null],
      ['add', null, 2],
      ['add', null, 3],
      ['same', 3, 4],
      ['del', 4, null],
      ['add', null, 5],
    ])
  })

  it('knows a missing line break at the end, and takes a line that looks like a head for what it is', () => {
    const { lines } = parseHunks(DIFF)[0]!
    expect(lines[5]).toMatchObject({ text: '', noNewline: true })
    expect(lines[6]).toMatchObject({ kind: 'add', text: '@@ -1 +1 @@', noNewline: false })
  })

  it('leaves out file headers and reads several hunks', () => {
    const hunks = parseHunks('--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n@@ -10,0 +11,2 @@\n+c\n+d\n')
    expect(hunks.map(({ lines }) => lines.length)).toEqual([2, 2])
    expect(hunks[1]!.lines[0]).toMatchObject({ kind: 'add', new: 11 })
  })

  it('gives nothing for no difference', () => {
    expect(parseHunks('')).toEqual([])
  })

  it('keeps a carriage return as a character of its line', () => {
    expect(parseHunks('@@ -1 +1 @@\n-a\r\n+b\r\n')[0]!.lines.map((line) => line.text)).toEqual(['a\r', 'b\r'])
  })
})

describe('sideBySide', () => {
  const rows = (diff: string) =>
    sideBySide(parseHunks(diff)[0]!.lines).map(({ left, right }) => [left?.text ?? null, right?.text ?? null])

  it('puts unchanged lines on both sides and leaves room where one side has nothing', () => {
    expect(rows('@@ -1,2 +1,1 @@\n same\n-gone\n')).toEqual([
      ['same', 'same'],
      ['gone', null],
    ])
  })

  it('puts a changed line beside the one it was, not beside the first new one', () => {
    expect(
      rows(
        '@@ -1,1 +1,3 @@\n-    return expression(tokens)\n+    # a note\n+    left = 1\n+    return expression(tokens, 0)\n',
      ),
    ).toEqual([
      [null, '    # a note'],
      [null, '    left = 1'],
      ['    return expression(tokens)', '    return expression(tokens, 0)'],
    ])
  })

  it('keeps every line once, in order, whatever is paired', () => {
    const diff = '@@ -1,4 +1,3 @@\n-a b c\n-d e f\n-g h i\n-x\n+d e g\n+q\n+a b c d\n'
    const { lines } = parseHunks(diff)[0]!
    const made = sideBySide(lines)
    expect(made.flatMap(({ left }) => (left ? [left.old] : []))).toEqual([1, 2, 3, 4])
    expect(made.flatMap(({ right }) => (right ? [right.new] : []))).toEqual([1, 2, 3])
  })

  it('pairs only removed with added lines for the difference of words', () => {
    const { lines } = parseHunks('@@ -1,2 +1,2 @@\n same\n-old line\n+new line\n')[0]!
    expect(changedPairs(lines).map(([a, b]) => [a.text, b.text])).toEqual([['old line', 'new line']])
  })
})

describe('likeness', () => {
  it('is 1 for the same words and 0 for hardly any', () => {
    expect(likeness('a = b', 'a  =  b')).toBe(1)
    expect(likeness('alpha beta gamma', 'one two three')).toBe(0)
  })
})
