import { ChangeSet, Text } from '@codemirror/state'
import { describe, expect, it } from 'vitest'
import type { PlaybackAbout } from '@/api/types'
import {
  addressOf,
  barsOf,
  countUntil,
  eventMarks,
  Film,
  keptOf,
  lifeOf,
  momentAt,
  nextRevision,
  pauseBefore,
  placeAt,
  placeOf,
  reelAt,
  revisionMarks,
  Scale,
  SILENCE,
  type Step,
  versionOf,
} from '@/model/playback'

const ANN = { name: 'ann', display_name: 'Ann', email: 'ann@code.test' }
const BOB = { name: 'bob', display_name: 'Bob', email: 'bob@code.test' }

/** Keystrokes at random places, and the text after each. */
function typed(length: number, seed: number): { steps: Step[]; texts: string[] } {
  let text = Text.of(['start', ''])
  const steps: Step[] = []
  const texts = [text.toString()]
  for (let i = 0; i < length; i++) {
    seed = (seed * 1103515245 + 12345) & 0x7fffffff
    const from = seed % (text.length + 1)
    const to = i % 5 === 4 ? Math.min(text.length, from + 1) : from
    const changes = ChangeSet.of({ from, to, insert: to > from ? '' : String(i % 10) }, text.length)
    text = changes.apply(text)
    steps.push({ at: 1_000 * i, by: i % 2 ? BOB : ANN, changes: changes.toJSON() })
    texts.push(text.toString())
  }
  return { steps, texts }
}

const about: PlaybackAbout = {
  doc: 1,
  path: 'a.py',
  deleted: false,
  version: 30,
  authors: [ANN, BOB],
  stretches: [
    { version: 10, at: 1_000, until: 2_000, edits: [[0, 10]] },
    {
      version: 20,
      at: 100_000,
      until: 140_000,
      edits: [
        [0, 5],
        [1, 5],
      ],
    },
  ],
  start: { version: 10, revision: 'a'.repeat(40), at: '2026-11-23T08:00:00Z' },
  end: 'e'.repeat(40),
  earlier: [],
  text: '',
}
const life = lifeOf(keptOf(about), [], about.authors)

describe('a film', () => {
  it('PB1: gives the text at every place, in whatever order it is asked for', () => {
    const { steps, texts } = typed(3_000, 7)
    const film = new Film(texts[0]!, steps.length)
    film.add(0, steps)
    for (const place of [3_000, 0, 1_500, 1_499, 1_501, 2_999, 1, 1_000, 999]) {
      expect(film.missing(place)).toBeNull()
      expect(film.text(place).toString()).toBe(texts[place])
    }
  })

  it('PB8: says which step is missing first, and goes on from a text in the middle', () => {
    const { steps, texts } = typed(100, 3)
    const film = new Film(texts[0]!, steps.length)
    expect(film.missing(50)).toBe(0)
    film.add(0, steps.slice(0, 20))
    expect(film.missing(50)).toBe(20)
    film.addText(40, texts[40]!)
    expect(film.nearest(50)).toBe(40)
    expect(film.missing(50)).toBe(40)
    film.add(40, steps.slice(40, 50))
    expect(film.missing(50)).toBeNull()
    expect(film.text(50).toString()).toBe(texts[50])
    expect(film.missing(30)).toBe(20)
    expect(film.text(20).toString()).toBe(texts[20])
  })

  it('PB4: has earlier steps before its beginning, page by page', () => {
    const { steps, texts } = typed(10, 5)
    const film = new Film(texts[6]!, 4)
    film.add(0, steps.slice(6))
    film.addEarlier(texts[3]!, steps.slice(3, 6))
    film.addEarlier(texts[0]!, steps.slice(0, 3))
    expect(film.first).toBe(-6)
    for (let place = -6; place <= 4; place++) expect(film.text(place).toString()).toBe(texts[place + 6])
    expect(film.step(-5)).toBe(steps[0])
    expect(film.step(0)).toBe(steps[5])
    expect(film.step(1)).toBe(steps[6])
  })

  it('PB9: goes from the keystrokes of one document by revisions to those of the next', () => {
    const { steps, texts } = typed(10, 11)
    const film = new Film(texts[0]!, 10)
    film.addText(6, texts[6]!)
    film.add(6, steps.slice(6))
    const between = steps.slice(4, 6).map((step, i) => ({ ...step, revision: `r${i}` }))
    film.add(4, between)
    expect(film.missing(10)).toBeNull()
    expect(film.missing(4)).toBe(0)
    // What is played is each step, whatever texts are known behind it.
    expect([film.unknown(0, 10), film.unknown(-3, 10), film.unknown(4, 99)]).toEqual([0, 0, null])
    film.add(0, steps.slice(0, 4))
    for (let place = 0; place <= 10; place++) expect(film.text(place).toString()).toBe(texts[place])
    expect(pauseBefore(film, 5, false)).toBe(pauseBefore(film, 0, false))
    expect(pauseBefore(film, 7, false)).toBe(0)
    expect(pauseBefore(film, 8, false)).toBe(1_000)
  })

  it('PB1: has no place before its beginning where no revision is known', () => {
    expect(Object.is(new Film('', 3).first, 0)).toBe(true)
  })

  it('shortens silence when it is skipped, and gives steps by revisions a time of their own', () => {
    const film = new Film('', 3)
    const step = (at: number): Step => ({ at, by: ANN, changes: [] })
    film.add(0, [step(0), step(SILENCE), step(60_000)])
    expect([1, 2, 3].map((place) => pauseBefore(film, place, false))).toEqual([0, SILENCE, 58_000])
    expect(pauseBefore(film, 2, true)).toBe(SILENCE)
    expect(pauseBefore(film, 3, true)).toBeLessThan(SILENCE)
    expect(pauseBefore(film, 0, true)).toBeGreaterThan(0)
  })
})

describe('the time line', () => {
  it('tells the moment of a place and the place of a moment', () => {
    expect([0, 10, 15, 20].map((place) => momentAt(life, place))).toEqual([1_000, 2_000, 120_000, 140_000])
    expect([0, 1_000, 1_500, 50_000, 120_000, 1e9].map((at) => placeAt(life, at))).toEqual([
      0, 0, 5, 10, 15, 20,
    ])
  })

  it('stacks who typed, higher where it was quicker', () => {
    const [quick, slow] = barsOf(life)
    expect([quick!.place, quick!.until, slow!.place, slow!.until]).toEqual([0, 10, 10, 20])
    expect(quick!.height).toBe(1)
    expect(slow!.height).toBeLessThan(1)
    expect(slow!.parts.map(({ author }) => author)).toEqual([ANN, BOB])
    expect(slow!.parts[1]!.to).toBeCloseTo(slow!.height)
  })

  it('has marks for revisions among the keystrokes, names first, and for what was said', () => {
    const revision = {
      doc: 1,
      at: '2026-11-23T08:00:00Z',
      authors: [ANN],
      message: 'Edit a.py\n\nmore',
      path: 'a.py',
    }
    const marks = revisionMarks(life, [
      { ...revision, id: 'c', names: ['First green'], version: 30 },
      { ...revision, id: 'b', names: [], version: 20 },
      { ...revision, id: 'a', names: [], version: 9 },
      { ...revision, id: '0', names: [], version: null },
    ])
    expect(marks.map(({ place, kind, title }) => [place, kind, title])).toEqual([
      [10, 'revision', 'Edit a.py'],
      [20, 'named', 'First green'],
    ])
    const at = new Date(120_000).toISOString()
    const said = {
      kind: 'chat' as const,
      id: '1',
      at,
      author: BOB,
      text: '**see** `' + 'x'.repeat(200) + '`',
    }
    const [mark] = eventMarks(life, [said])
    expect([mark!.place, mark!.title, mark!.by]).toEqual([15, `see ${'x'.repeat(75)}…`, 'Bob'])
    const film = new Film('', 20)
    film.addEarlier('', [{ at: 0, by: ANN, changes: [] }])
    expect([0, 5, 10, 20].map((place) => nextRevision(film, marks, place, 1))).toEqual([10, 10, 20, 20])
    expect([20, 10, 5, 0, -1].map((place) => nextRevision(film, marks, place, -1))).toEqual([
      10, 0, 0, -1, -1,
    ])
    expect(nextRevision(film, marks, -1, 1)).toBe(0)
  })

  it('PB9: lays out the documents that a file was, with the steps between, and tells the address of each place', () => {
    const stretches: PlaybackAbout['stretches'] = [{ version: 10, at: 10, until: 20, edits: [[1, 4]] }]
    const old = { ...about, doc: 7, version: 14, stretches }
    const now = {
      ...about,
      version: 13,
      stretches: [{ ...stretches[0]!, at: 600, until: 700 }],
      earlier: [old, { ...old, doc: 8, version: 10 }],
    }
    const kept = keptOf(now)
    expect(kept.map(({ doc }) => doc)).toEqual([7, 1])
    const gone = { at: 30, by: ANN, changes: [], revision: 'gone' }
    const back = { at: 500, by: BOB, changes: [], revision: 'back' }
    const whole = lifeOf(kept, [[gone, back], []], about.authors)
    expect(whole.length).toBe(9)
    expect(whole.reels.map(({ doc, place, length }) => [doc, place, length])).toEqual([
      [7, 0, 4],
      [1, 6, 3],
    ])
    expect([0, 4, 5, 6, 9].map((place) => addressOf(whole, place))).toEqual([
      '7.10',
      '7.14',
      null,
      '1.10',
      '1.13',
    ])
    for (const place of [0, 4, 6, 9]) {
      expect(placeOf(whole, versionOf({ at: addressOf(whole, place) })!)).toBe(place)
    }
    expect(placeOf(whole, versionOf({ at: '12' })!)).toBe(8)
    expect(placeOf(whole, { doc: 99, version: 1 })).toBeNull()
    expect(versionOf({ at: '1.' })).toBeNull()
    expect([3, 5, 8].map((place) => reelAt(whole, place)?.doc)).toEqual([7, undefined, 1])
    expect([5, 6].map((place) => momentAt(whole, place))).toEqual([30, 500])
    expect([15, 30, 400, 700].map((at) => placeAt(whole, at))).toEqual([2, 5, 5, 9])
    expect(barsOf(whole).map(({ place, until }) => [place, until])).toEqual([
      [0, 4],
      [4, 5],
      [5, 6],
      [6, 9],
    ])
    const revision = { at: '2026-11-23T08:00:00Z', authors: [ANN], message: 'x', names: [], path: 'a.py' }
    const marks = revisionMarks(whole, [
      { ...revision, id: 'new', doc: 1, version: 12 },
      { ...revision, id: 'back', doc: null, version: null },
      { ...revision, id: 'gone', doc: null, version: null },
      { ...revision, id: 'old', doc: 7, version: 12 },
      { ...revision, id: 'before', doc: null, version: null },
    ])
    expect(marks.map(({ revision, place }) => [revision, place])).toEqual([
      ['old', 2],
      ['gone', 5],
      ['back', 6],
      ['new', 8],
    ])
  })

  it('gives revisions before the keystrokes a part of the strip', () => {
    for (const [first, length] of [
      [-4, 100],
      [0, 100],
      [-3, 0],
      [-100, 5],
    ] as const) {
      const scale = new Scale(first, length)
      for (let place = first; place <= length; place++) {
        expect(scale.place(scale.part(place))).toBe(place)
      }
      expect(scale.part(length)).toBeCloseTo(1)
      expect(scale.part(first)).toBeCloseTo(0)
    }
    expect(new Scale(0, 0).place(0.5)).toBe(0)
  })

  it('counts what was said until a moment', () => {
    const events = [10, 20, 20, 30].map((at) => ({ at: new Date(at).toISOString() }))
    expect([0, 10, 20, 25, 99].map((at) => countUntil(events, at))).toEqual([0, 1, 3, 3, 4])
  })
})
