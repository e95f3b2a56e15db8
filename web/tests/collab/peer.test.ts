import { ChangeSet, Text } from '@codemirror/state'
import { describe, expect, test } from 'vitest'
import { Peer } from '../../src/collab/peer'
import type { Update } from '../../src/wire/messages'

const text = (value: string): Text => Text.of(value.split('\n'))
const insert = (length: number, at: number, what: string): ChangeSet =>
  ChangeSet.of({ from: at, insert: what }, length)
const remove = (length: number, from: number, to: number): ChangeSet => ChangeSet.of({ from, to }, length)
const update = (client: string, seq: number, changes: ChangeSet): Update => ({
  client,
  seq,
  by: client,
  changes,
})
const fresh = (value: string, accepted = 0): Peer => Peer.fresh('me', 7, text(value), accepted)

/** Types one character after another at the end. */
function type(peer: Peer, characters: string): void {
  for (const character of characters) peer.edit(insert(peer.text.length, peer.text.length, character))
}

/** What the server makes of a push that nothing came between. */
function accept(peer: Peer, client = 'me'): void {
  const piece = peer.push()!
  piece.changes.forEach((changes, i) => {
    expect(peer.receive(update(client, piece.seq + i, ChangeSet.fromJSON(changes)))).toEqual({ kind: 'own' })
  })
}

describe('editing and confirming', () => {
  test('CL1: the text is the confirmed text, what is under way and what waits.', () => {
    const peer = fresh('ab')
    type(peer, 'c')
    peer.push()
    type(peer, 'd')
    expect(peer.confirmed.toString()).toBe('ab')
    expect(peer.text.toString()).toBe('abcd')
    expect([peer.pending, peer.sent, peer.version]).toEqual([2, 1, 7])
  })

  test('CL2: while a push is under way there is no other, and a resend has the same numbers and count.', () => {
    const peer = fresh('ab')
    type(peer, 'cd')
    const first = peer.push()!
    type(peer, 'e')
    expect(peer.push()).toBeNull()
    peer.receive(update('you', 1, insert(2, 0, 'X')))
    const again = peer.resend()!
    expect([again.seq, again.changes.length, again.version]).toEqual([first.seq, 2, 8])
    expect(again.changes[0]).toEqual([3, [0, 'c']])
  })

  test('CL2: what waits goes out as one push, numbered on.', () => {
    const peer = fresh('')
    type(peer, 'ab')
    accept(peer)
    type(peer, 'cde')
    expect(peer.push()).toMatchObject({
      seq: 3,
      version: 9,
      changes: [
        [2, [0, 'c']],
        [3, [0, 'd']],
        [4, [0, 'e']],
      ],
    })
  })

  test('CL3: updates are applied one at a time; at equal positions the accepted one comes first.', () => {
    const peer = fresh('abc')
    peer.edit(insert(3, 1, 'Y'))
    peer.receive(update('you', 1, remove(3, 1, 2)))
    peer.receive(update('you', 2, insert(2, 1, 'X')))
    // Over the composition of both it would be aYXc: the contract, section 3, rule 3.
    expect(peer.text.toString()).toBe('aXYc')
    expect(peer.push()).toMatchObject({ version: 9, changes: [[2, [0, 'Y'], 1]] })
  })

  test('CL3: an own update confirms the next one under way.', () => {
    const peer = fresh('')
    type(peer, 'ab')
    const { changes } = peer.push()!
    expect(peer.receive(update('me', 1, ChangeSet.fromJSON(changes[0])))).toEqual({ kind: 'own' })
    expect([peer.pending, peer.version, peer.confirmed.toString()]).toEqual([1, 8, 'a'])
  })

  test('CL3: an own update that is not what is held diverges and changes nothing.', () => {
    const peer = fresh('')
    type(peer, 'ab')
    peer.push()
    expect(peer.receive(update('me', 1, insert(0, 0, 'z'))).kind).toBe('diverged')
    expect(peer.receive(update('me', 2, insert(0, 0, 'a'))).kind).toBe('diverged')
    expect(peer.receive(update('you', 1, insert(5, 0, 'z'))).kind).toBe('diverged')
    expect([peer.text.toString(), peer.version, peer.pending]).toEqual(['ab', 7, 2])
  })

  test('CL2: more than 64 edits that wait are composed; what is under way never is.', () => {
    const peer = fresh('')
    type(peer, 'x'.repeat(10))
    peer.push()
    type(peer, 'y'.repeat(200))
    expect([peer.sent, peer.pending]).toEqual([10, 74])
    expect(peer.text.toString()).toBe('x'.repeat(10) + 'y'.repeat(200))
  })

  test('CL1: an edit for another length is refused.', () => {
    expect(() => fresh('abc').edit(insert(4, 0, 'x'))).toThrow(RangeError)
  })

  test('CL2: a push carries about a megabyte at the most; a larger paste goes in pieces.', () => {
    const peer = fresh('')
    peer.edit(insert(0, 0, '😀'.repeat(1_200_000)))
    const sizes: number[] = []
    while (peer.pending > 0) {
      const piece = peer.push()!
      sizes.push(JSON.stringify(piece).length)
      piece.changes.forEach((changes, i) =>
        peer.receive(update('me', piece.seq + i, ChangeSet.fromJSON(changes))),
      )
    }
    expect(sizes.length).toBeGreaterThanOrEqual(3)
    expect(Math.max(...sizes)).toBeLessThan(1_100_000)
    expect(peer.confirmed.toString()).toBe('😀'.repeat(1_200_000))
  })

  test('CL2: a change of many places is split into changes that the server takes.', () => {
    const places = Array.from({ length: 30_000 }, (_, i) => ({ from: 2 * i, to: 2 * i + 1, insert: 'yy' }))
    const peer = fresh('x\n'.repeat(30_000))
    peer.edit(ChangeSet.of(places, 60_000))
    expect(peer.text.toString()).toBe('yy\n'.repeat(30_000))
    expect(peer.pending).toBe(3)
    accept(peer)
    expect(peer.confirmed.eq(peer.text)).toBe(true)
  })
})

describe('texts that cannot be', () => {
  test('CL1: an edit that cuts a surrogate pair is widened to the whole of it.', () => {
    const peer = fresh('a😀b')
    peer.edit(ChangeSet.of({ from: 2, to: 3, insert: '\ude01' }, 4))
    expect(peer.text.toString()).toBe('a😁b')
    expect(peer.push()!.changes).toEqual([[1, [2, '😁'], 1]])
  })

  test('CL1: lone surrogates and NUL become U+FFFD, and the length stays.', () => {
    const peer = fresh('a😀b')
    peer.edit(ChangeSet.of({ from: 0, insert: '\0\ud800' }, 4))
    expect(peer.text.toString()).toBe('\ufffd\ufffda😀b')
    peer.edit(ChangeSet.of({ from: 4, to: 5 }, 6))
    expect(peer.text.toString()).toBe('\ufffd\ufffda\ufffdb')
  })
})

describe('coming back', () => {
  test('CL4: what the server had accepted before the break is awaited, then the rest is sent.', () => {
    const peer = fresh('')
    type(peer, 'ab')
    const { changes } = peer.push()!
    type(peer, 'c')
    expect(peer.resume(1)).toBe(true)
    expect(peer.caughtUp).toBe(false)
    peer.receive(update('me', 1, ChangeSet.fromJSON(changes[0])))
    expect(peer.caughtUp).toBe(true)
    expect(peer.resend()).toEqual({ version: 8, seq: 2, changes: [[1, [0, 'b']]] })
  })

  test('CL4: a server that knows less than it confirmed has its text taken anew.', () => {
    const peer = fresh('')
    type(peer, 'a')
    accept(peer)
    expect(peer.resume(0)).toBe(false)
  })

  test('CL5: what was kept is taken up, and confirmed by what had gone out after all.', () => {
    const before = fresh('x')
    type(before, 'ab')
    const peer = Peer.restored(before.unsent(), text('x'))
    expect([peer.text.toString(), peer.pending]).toEqual(['xab', 2])
    type(peer, 'c')
    peer.resume(3)
    expect(peer.receive(update('me', 1, insert(1, 1, 'a')))).toEqual({ kind: 'own' })
    expect(peer.receive(update('me', 2, insert(2, 2, 'b')))).toEqual({ kind: 'own' })
    // Typed in the life before, after the copy was kept.
    expect(peer.receive(update('me', 3, insert(3, 3, 'Z'))).kind).toBe('remote')
    expect(peer.text.toString()).toBe('xabZc')
    expect(peer.push()).toMatchObject({ seq: 4, changes: [[4, [0, 'c']]] })
  })

  test('CL5: the last kept edit may have grown before it was sent; the text then has the whole of it once.', () => {
    const before = fresh('')
    type(before, 'ab')
    const peer = Peer.restored(before.unsent(), text(''))
    type(peer, '!')
    peer.resume(2)
    peer.receive(update('me', 1, insert(0, 0, 'a')))
    expect(peer.receive(update('me', 2, insert(1, 1, 'bcd'))).kind).toBe('remote')
    expect([peer.text.toString(), peer.pending]).toEqual(['abcd!', 1])
  })

  test('CL5: an own update of long ago is like anyone else’s.', () => {
    const peer = fresh('', 5)
    expect(peer.receive(update('me', 3, insert(0, 0, 'z'))).kind).toBe('remote')
    type(peer, 'a')
    expect(peer.push()!.seq).toBe(6)
  })
})

describe('reset', () => {
  test('CL6: unsent edits are mapped over the difference to the new text.', () => {
    const peer = fresh('one\ntwo\nthree')
    peer.edit(insert(13, 7, '!'))
    peer.push()
    type(peer, '?')
    expect(peer.reset('me', 20, text('zero\none\ntwo\nthree and'), 0)).toBe(true)
    expect(peer.text.toString()).toBe('zero\none\ntwo!\nthree and?')
    expect([peer.version, peer.sent, peer.pending]).toEqual([20, 1, 2])
    expect(peer.resend()).toMatchObject({ version: 20, seq: 1 })
  })

  test('CL6: what the server had accepted is in the new text and is not sent again.', () => {
    const peer = fresh('')
    type(peer, 'ab')
    peer.push()
    type(peer, 'c')
    expect(peer.reset('me', 20, text('Xa'), 1)).toBe(true)
    expect(peer.text.toString()).toBe('Xabc')
    expect(peer.resend()).toEqual({ version: 20, seq: 2, changes: [[2, [0, 'b']]] })
  })

  test('CL6: whether it was accepted is not known: nothing is changed.', () => {
    const peer = fresh('')
    type(peer, 'a')
    peer.push()
    expect(peer.reset('me', 20, text('X'), null)).toBe(false)
    expect(peer.reset('other', 20, text('X'), 0)).toBe(false)
    expect([peer.text.toString(), peer.version]).toEqual(['a', 7])
    peer.replace('other', 20, text('X'), 0)
    expect([peer.text.toString(), peer.version, peer.pending]).toEqual(['X', 20, 0])
  })
})

describe('another client id', () => {
  test('CL7: what the old id did not get accepted is numbered anew under the new one.', () => {
    const peer = fresh('')
    type(peer, 'ab')
    peer.push()
    expect(peer.belongsTo('new')).toBe(false)
    peer.receive(update('me', 1, insert(0, 0, 'a')))
    peer.renumber('new', 0)
    expect(peer.push()).toEqual({ version: 8, seq: 1, changes: [[1, [0, 'b']]] })
  })
})

test('RM8: positions go to the confirmed text and back, as near as can be.', () => {
  const peer = fresh('abcd')
  peer.edit(insert(4, 2, 'XY'))
  expect([0, 2, 3, 4, 6].map((at) => peer.toConfirmed(at))).toEqual([0, 2, 2, 2, 4])
  expect([0, 2, 3, 99].map((at) => peer.toShown(at))).toEqual([0, 2, 5, 6])
})
