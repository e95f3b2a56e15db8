import { ChangeSet, Text } from '@codemirror/state'
import { describe, expect, it } from 'vitest'
import { Anchors, follow } from '@/collab/anchors'
import { Peer } from '@/collab/peer'

const place = (from: number, to: number, id = 'a') => ({ id, from, to, resolved: false })
const change = (length: number, from: number, to: number, insert = ''): ChangeSet =>
  ChangeSet.of({ from, to, insert }, length)

describe('a place', () => {
  it('CM2: leaves outside what is typed at its edges, and takes in what is typed within', () => {
    expect(follow(place(2, 5), change(9, 2, 2, 'xx'))).toEqual(place(4, 7))
    expect(follow(place(2, 5), change(9, 5, 5, 'xx'))).toEqual(place(2, 5))
    expect(follow(place(2, 5), change(9, 3, 3, 'xx'))).toEqual(place(2, 7))
  })

  it('CM2: is nowhere when nothing of its text is left', () => {
    expect(follow(place(2, 5), change(9, 1, 6))).toBeNull()
    expect(follow(place(2, 5), change(9, 2, 5, 'new'))).toBeNull()
    expect(follow(place(2, 5), change(9, 1, 4))).toEqual(place(1, 2))
  })

  it('CM2: of a text that is replaced in part half must be left', () => {
    expect(follow(place(2, 6), change(9, 2, 5, 'new'))).toBeNull()
    expect(follow(place(2, 6), change(9, 2, 4, 'new'))).toEqual(place(2, 7))
    expect(follow(place(4, 4), change(9, 3, 4))).toBeNull()
  })

  it('CM1: that holds nothing stays where it is', () => {
    expect(follow(place(4, 4), change(9, 1, 2))).toEqual(place(3, 3))
    expect(follow(place(4, 4), change(9, 4, 4, 'x'))).toEqual(place(5, 5))
  })
})

describe('the threads of a document', () => {
  const start = (): { peer: Peer; anchors: Anchors } => {
    const peer = Peer.fresh('me', 7, Text.of(['0123456789']), 0)
    return { peer, anchors: new Anchors(peer) }
  }
  const ours = (peer: Peer, anchors: Anchors, changes: ChangeSet): void => {
    peer.edit(changes)
    anchors.edited()
  }
  const theirs = (peer: Peer, anchors: Anchors, changes: ChangeSet): void => {
    peer.receive({ client: 'other', seq: 1, by: 'bob', changes })
    anchors.follow(changes)
  }

  it('CW1: stand in the confirmed text at the version that the stream has reached, and nowhere at another', () => {
    const { anchors } = start()
    expect(anchors.put(7, [place(6, 8, 'b'), place(2, 5)])).toBe(true)
    expect(anchors.shown).toEqual([place(2, 5), place(6, 8, 'b')])
    expect(anchors.put(8, [place(2, 5)])).toBe(false)
    expect(anchors.shown).toEqual([])
  })

  it('CW1: are shown through what is not confirmed', () => {
    const { peer, anchors } = start()
    ours(peer, anchors, change(10, 0, 0, 'new '))
    anchors.put(7, [place(2, 5)])
    expect(anchors.shown).toEqual([place(6, 9)])
    theirs(peer, anchors, change(10, 3, 3, 'X'))
    expect(anchors.shown).toEqual([place(6, 10)])
    const sent = peer.push()!
    const update = { client: 'me', seq: sent.seq, by: 'ann', changes: ChangeSet.fromJSON(sent.changes[0]) }
    expect(peer.receive(update).kind).toBe('own')
    anchors.follow(update.changes)
    expect(anchors.shown).toEqual([place(6, 10)])
  })

  it('CW1: come back when a deletion is undone before it was confirmed', () => {
    const { peer, anchors } = start()
    anchors.put(7, [place(2, 5)])
    ours(peer, anchors, change(10, 1, 6))
    expect(anchors.shown).toEqual([])
    peer.replace('me', 7, Text.of(['0123456789']), 0)
    anchors.edited()
    expect(anchors.shown).toEqual([place(2, 5)])
  })

  it('CW1: one is set at its place, or taken away', () => {
    const { anchors } = start()
    anchors.put(7, [place(2, 5)])
    expect(anchors.set('b', { ...place(1, 3, 'b'), version: 7 })).toBe(true)
    expect(anchors.shown.map(({ id }) => id)).toEqual(['b', 'a'])
    expect(anchors.set('b', { ...place(4, 6, 'b'), version: 6 })).toBe(false)
    expect(anchors.set('a', null)).toBe(true)
    expect(anchors.set('a', null)).toBe(false)
    expect(anchors.shown).toEqual([place(1, 3, 'b')])
  })

  it('CW1: follow random edits of two as the server does, with any of them unconfirmed', () => {
    const seed = Date.now() % 100_000
    let state = seed
    const random = (below: number): number => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
      return state % below
    }
    const { peer, anchors } = start()
    let server = [place(1, 4), place(3, 9, 'b')]
    anchors.put(7, server)
    const any = (length: number): ChangeSet => {
      const from = random(length + 1)
      return change(length, from, Math.min(length, from + random(3)), 'xyz'.slice(random(4)))
    }
    for (let i = 0; i < 300; i++) {
      if (random(2)) ours(peer, anchors, any(peer.text.length))
      else {
        const changes = any(peer.confirmed.length)
        theirs(peer, anchors, changes)
        server = server.flatMap((one) => follow(one, changes) ?? [])
      }
      const sent = random(3) ? null : peer.push()
      for (const json of sent?.changes ?? []) {
        const changes = ChangeSet.fromJSON(json)
        peer.receive({ client: 'me', seq: peer.unsent().first, by: 'ann', changes })
        anchors.follow(changes)
        server = server.flatMap((one) => follow(one, changes) ?? [])
      }
      if (peer.pending === 0) expect(anchors.shown, `seed ${seed}`).toEqual(server)
      for (const { from, to } of anchors.shown) expect(to <= peer.text.length && from <= to).toBe(true)
    }
  })
})
