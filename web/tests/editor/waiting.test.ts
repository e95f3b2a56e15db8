import { ChangeSet, Text } from '@codemirror/state'
import { expect, test } from 'vitest'
import { together, Waiting } from '@/editor/waiting'
import { Chance } from '../collab/hand'

const text = (value: string): Text => Text.of(value.split('\n'))

test('CL12: 500 random runs of own edits and of those of others: the shown text with all that waits is the document.', () => {
  const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31))
  const chance = new Chance(seed)
  const edit = ({ length }: Text): ChangeSet => {
    const from = chance.below(length + 1)
    const to = Math.min(length, from + chance.below(4))
    return ChangeSet.of({ from, to, insert: text('a\nb🙂'.slice(0, chance.below(4))) }, length)
  }
  for (let run = 0; run < 500; run++) {
    const waiting = new Waiting()
    let shown = text('some\ntext')
    let document = shown
    for (let step = 0; step < 12; step++) {
      const what = chance.below(5)
      if (what < 2) {
        const theirs = edit(document)
        document = theirs.apply(document)
        waiting.add(theirs, `c${what}`)
      } else if (what < 4) {
        const own = edit(shown)
        shown = own.apply(shown)
        document = waiting.edited(own).apply(document)
      } else {
        shown = together(waiting.take())?.apply(shown) ?? shown
        expect(shown.eq(document), `SEED=${seed}`).toBe(true)
      }
    }
    expect((together(waiting.take())?.apply(shown) ?? shown).eq(document), `SEED=${seed}`).toBe(true)
  }
})

test('CL12: a place in the shown text is told as the place in the document.', () => {
  const waiting = new Waiting()
  expect(waiting.place(2)).toBe(2)
  waiting.add(ChangeSet.of({ from: 0, insert: 'xyz' }, 4), 'c2')
  waiting.add(ChangeSet.of({ from: 3, to: 4 }, 7), 'c3')
  expect(waiting.place(2)).toBe(4)
})
