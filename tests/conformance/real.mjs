// Answers cases with the real @codemirror/state: one JSON case a line in, one JSON answer a line out.
// An answer is {"value": …} or {"refused": message}. Positions and lengths are UTF-16 units.
import { createInterface } from 'node:readline'
import { ChangeSet, Text } from '@codemirror/state'

const text = (string) => Text.of(string.split('\n'))

const operations = {
  json(c) {
    const changes = ChangeSet.fromJSON(c.a)
    const edits = []
    changes.iterChanges((start, end, _start, _end, inserted) => edits.push([start, end, inserted.toString()]), true)
    return [changes.toJSON(), changes.length, changes.newLength, edits]
  },
  apply: (c) => ChangeSet.fromJSON(c.a).apply(text(c.text)).toString(),
  compose: (c) => ChangeSet.fromJSON(c.a).compose(ChangeSet.fromJSON(c.b)).toJSON(),
  map: (c) => ChangeSet.fromJSON(c.a).map(ChangeSet.fromJSON(c.b), c.before).toJSON(),
  invert: (c) => ChangeSet.fromJSON(c.a).invert(text(c.text)).toJSON(),
  map_pos: (c) => ChangeSet.fromJSON(c.a).mapPos(c.position, c.assoc),
  // What comes out of one operation goes into the next: two changes as one, taken over a third, and the third over them.
  collab(c) {
    const both = ChangeSet.fromJSON(c.a).compose(ChangeSet.fromJSON(c.b))
    const other = ChangeSet.fromJSON(c.other)
    const mapped = both.map(other)
    return [mapped.toJSON(), other.map(both, true).toJSON(), other.compose(mapped).toJSON()]
  },
}

for await (const line of createInterface({ input: process.stdin })) {
  const c = JSON.parse(line)
  let answer
  try {
    answer = { value: operations[c.op](c) }
  } catch (error) {
    answer = { refused: String(error.message) }
  }
  process.stdout.write(JSON.stringify(answer) + '\n')
}
