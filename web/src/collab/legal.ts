import { ChangeSet, Text } from '@codemirror/state'
import { isHigh, isLow } from './diff'

/** What the server takes in one update, with room to spare: units inserted, and stretches changed. */
const MOST_UNITS = 1_000_000
const MOST_EDITS = 10_000

interface Edit {
  from: number
  to: number
  insert: Text
}

/**
 * The same change in a form that may be pushed: no edge within a surrogate pair, and U+FFFD for every lone surrogate and NUL that it would
 * leave in the text. The new text has the same length. The same object comes back if nothing had to be done.
 */
export function legal(changes: ChangeSet, before: Text): ChangeSet {
  let after: Text | null = null
  let touched = false
  const edits: Edit[] = []
  changes.iterChanges((fromA, toA, fromB, toB, inserted) => {
    const start = splitsPair(before, fromA) ? 1 : 0
    const end = splitsPair(before, toA) ? 1 : 0
    const plain = !start && !end && wellFormed(inserted)
    if (plain) {
      edits.push({ from: fromA, to: toA, insert: inserted })
      return
    }
    touched = true
    after ??= changes.apply(before)
    const lines = [...after.slice(fromB - start, toB + end).iterLines()].map(repair)
    edits.push({ from: fromA - start, to: toA + end, insert: Text.of(lines) })
  })
  return touched ? ChangeSet.of(edits, before.length) : changes
}

function splitsPair(text: Text, position: number): boolean {
  if (position <= 0 || position >= text.length) return false
  const around = text.sliceString(position - 1, position + 1)
  return isHigh(around.charCodeAt(0)) && isLow(around.charCodeAt(1))
}

function wellFormed(text: Text): boolean {
  for (const line of text.iterLines()) if (repair(line) !== line) return false
  return true
}

function repair(line: string): string {
  return line.replace(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]|\0/g, '\uFFFD')
}

/** The change as one or more updates, each small enough for the server. They are applied one after another, the last stretch of the text first. */
export function split(changes: ChangeSet): ChangeSet[] {
  const edits: Edit[] = []
  let units = 0
  changes.iterChanges((from, to, _fromB, _toB, insert) => {
    edits.push({ from, to, insert })
    units += insert.length
  })
  if (edits.length <= MOST_EDITS && units <= MOST_UNITS) return [changes]
  const result: ChangeSet[] = []
  let length = changes.length
  let group: Edit[] = []
  let held = 0
  const add = (edits: readonly Edit[]): void => {
    const change = ChangeSet.of(edits, length)
    length = change.newLength
    result.push(change)
  }
  const finish = (): void => {
    if (group.length) add(group)
    group = []
    held = 0
  }
  for (const edit of edits.reverse()) {
    if (group.length >= MOST_EDITS || held + edit.insert.length > MOST_UNITS) finish()
    if (edit.insert.length <= MOST_UNITS) {
      group.unshift(edit)
      held += edit.insert.length
      continue
    }
    let { from: at, to } = edit
    for (const piece of pieces(edit.insert)) {
      add([{ from: at, to, insert: piece }])
      at += piece.length
      to = at
    }
  }
  finish()
  return result
}

function* pieces(text: Text): Iterable<Text> {
  for (let start = 0; start < text.length;) {
    let end = Math.min(start + MOST_UNITS, text.length)
    if (splitsPair(text, end)) end--
    yield text.slice(start, end)
    start = end
  }
}
