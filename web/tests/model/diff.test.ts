import { describe, expect, it } from 'vitest'
import {
  changedPairs,
  folding,
  hasReturn,
  inFolds,
  likeness,
  limited,
  oddEnds,
  parseHunks,
  sideBySide,
  type DiffLine,
} from '@/model/diff'

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

describe('folding', () => {
  const text = Array.from({ length: 60 }, (_, i) => `line ${i + 1}`)
  const diff = [
    '@@ -8,6 +8,7 @@ head',
    ' line 8',
    ' line 9',
    ' line 10',
    '+line 11',
    ' line 12',
    ' line 13',
    ' line 14',
    '@@ -39,6 +40,7 @@',
    ' line 40',
    ' line 41',
    ' line 42',
    '+line 43',
    ' line 44',
    ' line 45',
    ' line 46',
    '',
  ].join('\n')
  const hunks = parseHunks(diff)
  const numbers = (lines: readonly DiffLine[]): (number | null)[] => lines.map((line) => line.new)

  it('LK8: says how much is folded, and of the end only what is known', () => {
    const { blocks, rest } = folding(hunks, new Map(), null)
    expect(blocks.map(({ gap }) => gap)).toEqual([7, 25])
    expect(rest).toBeNull()
    expect(folding(hunks, new Map(), text).rest).toBe(14)
  })

  it('LK8: opens from above, from below and whole; old numbers go along', () => {
    const opened = new Map([
      [0, { above: 0, below: 2 }],
      [1, { above: 3, below: 1 }],
      [2, { above: Infinity, below: 0 }],
    ])
    const { blocks, rest } = folding(hunks, opened, text)
    expect(blocks.map(({ gap }) => gap)).toEqual([5, 21])
    expect(numbers(blocks[0]!.lines)).toEqual([6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17])
    expect(numbers(blocks[1]!.lines)).toEqual(Array.from({ length: 22 }, (_, i) => 39 + i))
    expect(blocks[0]!.lines.at(-1)).toMatchObject({ old: 16, new: 17, text: 'line 17', kind: 'same' })
    expect(blocks[1]!.lines[0]).toMatchObject({ old: 38, new: 39, text: 'line 39' })
    expect(blocks[1]!.lines.at(-1)).toMatchObject({ old: 58, new: 60 })
    expect(rest).toBe(0)
    const whole = folding(hunks, new Map([[1, { above: Infinity, below: 0 }]]), text)
    expect(whole.blocks[1]!.gap).toBe(0)
  })

  it('LK8: nothing is folded behind the end of a file', () => {
    expect(folding(parseHunks('@@ -1 +1 @@\n-a\n+b\n'), new Map(), null)).toMatchObject({ rest: 0 })
    expect(folding([], new Map(), null)).toEqual({ blocks: [], rest: 0 })
  })

  it('CW6: counts what is in each fold, also behind the last hunk', () => {
    const { blocks } = folding(hunks, new Map(), null)
    const counts = inFolds([1, 3, 20, 50], blocks, hunks.length)
    expect([...counts]).toEqual([
      [0, 2],
      [1, 1],
      [2, 1],
    ])
    expect(inFolds([5], [], 0)).toEqual(new Map([[0, 1]]))
  })

  it('LK8: of a long difference a part is given, and how long it is', () => {
    const { blocks, length } = limited(folding(hunks, new Map(), null).blocks, 9)
    expect(blocks.map(({ lines }) => lines.length)).toEqual([7, 2])
    expect(length).toBe(14)
    expect(limited(blocks, 3).blocks).toHaveLength(1)
  })
})

describe('line ends', () => {
  const oddOf = (diff: string): string[] => {
    const hunks = parseHunks(diff)
    const odd = oddEnds(hunks)
    return hunks.flatMap(({ lines }) =>
      lines.filter((line) => odd.has(line)).map(({ kind, text }) => `${kind} ${text}`),
    )
  }

  it('CH8: a CR at the end of every line says nothing, neither where a line changed nor where one came', () => {
    expect(oddOf('@@ -1,3 +1,4 @@\n one\r\n-two = 2\r\n+two = 3\r\n+new\r\n three\r\n')).toEqual([])
    expect(oddOf('@@ -0,0 +1,2 @@\n+one\r\n+two\r\n')).toEqual([])
  })

  it('CH8: one that came or went is shown, also that of a new line among others that have none', () => {
    expect(oddOf('@@ -1,2 +1,2 @@\n-one = 1\n+one = 1\r\n-two = 2\n+two = 2\r\n')).toEqual([
      'add one = 1\r',
      'add two = 2\r',
    ])
    expect(oddOf('@@ -1,2 +1,2 @@\n one\r\n-two = 2\r\n+two = 2\n')).toEqual(['del two = 2\r'])
    expect(oddOf('@@ -1,2 +1,3 @@\n one\n+new\r\n two\n')).toEqual(['add new\r'])
  })

  it('CH8: one at the end of a file without a line break is a character like any other', () => {
    const [hunk] = parseHunks('@@ -1 +1 @@\n-one\r\n+one\r\n\\ No newline at end of file\n')
    expect(hunk!.lines.map(hasReturn)).toEqual([true, false])
  })
})
