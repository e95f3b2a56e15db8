import { expect, test } from 'vitest'
import { Malformed } from '../../src/wire/malformed'
import { parse } from '../../src/wire/parse'

const welcome = {
  type: 'welcome',
  protocol: 1,
  client: 'c1',
  session: { id: 's', title: 'S', visibility: 'private' },
  you: { name: 'ann', display_name: 'Ann', role: 'editor', color: 3 },
  files: [{ path: 'a.txt', size: 3, binary: false, doc: 1 }],
  people: [{ client: 'c1', name: 'ann', display_name: 'Ann', role: 'editor', color: 3 }],
  revision: null,
}

test('OT2: updates carry ChangeSets.', () => {
  const message = parse(
    JSON.stringify({
      type: 'updates',
      doc: 1,
      version: 4,
      updates: [{ client: 'c', seq: 1, by: 'ann', changes: [1, [2, 'x', 'y']] }],
    }),
  )
  expect(message?.type === 'updates' && message.updates[0]?.changes.toJSON()).toEqual([1, [2, 'x', 'y']])
})

test('RM9: opened comes with the text or without, and with the number that the server knows.', () => {
  const opened = { type: 'opened', doc: 1, path: 'a', version: 2, read_only: false, seq: 4, format: 'utf-8' }
  expect(parse(JSON.stringify(opened))).toEqual(opened)
  const anew = { ...opened, text: 'x', reset: true }
  expect(parse(JSON.stringify(anew))).toEqual(anew)
})

test('Fields that are not known are let by, and so are messages of types that are not known.', () => {
  const message = parse(JSON.stringify({ ...welcome, news: 1 }))
  expect(message).toMatchObject({ type: 'welcome', client: 'c1', session: { id: 's', title: 'S' } })
  expect(parse('{"type":"weather","degrees":3}')).toBeNull()
  expect(parse('{"type":"toString"}')).toBeNull()
})

test('PU5: what a push did comes with the places where both sides had changed the same.', () => {
  const message = {
    type: 'merged',
    revision: 'c0ffee',
    by: { name: 'ann', display_name: 'Ann', email: 'ann@code.test' },
    summary: '1 file changed live.',
    people: ['ann', 'bob'],
    notes: ['kept.txt stays.'],
    conflicts: [{ id: 'c.0', doc: 1, path: 'a', line: 2, ours: 'x\n', theirs: '' }],
  }
  expect(parse(JSON.stringify(message))).toEqual(message)
  expect(() => parse(JSON.stringify({ ...message, notes: [1] }))).toThrow(Malformed)
})

test('PU10: the welcome has the places that nobody has settled, each with who pushed.', () => {
  const by = { name: null, display_name: 'Zoe', email: 'zoe@far.example' }
  const open = { id: 'c0ffee.0', doc: 1, path: 'a', line: 2, ours: 'x\n', theirs: '', by }
  expect(parse(JSON.stringify({ ...welcome, conflicts: [open] }))).toMatchObject({ conflicts: [open] })
  expect(parse('{"type":"settled","id":"c0ffee.0"}')).toEqual({ type: 'settled', id: 'c0ffee.0' })
})

test('A caret that is gone has no ranges and need not be named.', () => {
  const gone = { client: 'c', name: null, display_name: null, color: null, ranges: [] }
  const message = { type: 'selections', doc: 1, version: 0, selections: [gone] }
  expect(parse(JSON.stringify(message))).toEqual(message)
})

test.each([
  'nonsense',
  'null',
  '[]',
  '{}',
  '{"type":1}',
  '{"type":"opened","doc":1,"path":"a","version":-1,"read_only":false}',
  '{"type":"opened","doc":1,"path":"a","version":1.5,"read_only":false}',
  '{"type":"opened","doc":1,"version":1,"read_only":false}',
  '{"type":"opened","doc":"1","path":"a","version":1,"read_only":false}',
  '{"type":"updates","doc":1,"version":0,"updates":{}}',
  '{"type":"role","role":"king"}',
  '{"type":"error","code":"x","message":"y"}',
  '{"type":"selections","doc":1,"version":0,"selections":[{"client":"c","name":"a","display_name":"A","color":1,"ranges":[[1]]}]}',
])('%s is malformed.', (text) => {
  expect(() => parse(text)).toThrow(Malformed)
})

test.each([[[-1]], [[1.5]], [['a']], [[[1, 'a\nb']]], [[[-1, 'a']]], [[[1, 2]]], [[[]]], [[true]], [{}]])(
  'OT3: %j is no ChangeSet.',
  (changes) => {
    const update = { client: 'c', seq: 1, by: 'ann', changes }
    expect(() => parse(JSON.stringify({ type: 'updates', doc: 1, version: 0, updates: [update] }))).toThrow(
      Malformed,
    )
  },
)

test('AM2: that a session is archived is read; a server that does not say it is taken as it is.', () => {
  const said = (session: object): unknown => parse(JSON.stringify({ type: 'session', session }))
  expect(said({ id: 's', title: 'S', archived: true })).toEqual({
    type: 'session',
    session: { id: 's', title: 'S', archived: true },
  })
  expect(said({ id: 's', title: 'S' })).toEqual({ type: 'session', session: { id: 's', title: 'S' } })
  expect(() => said({ id: 's', title: 'S', archived: 1 })).toThrow()
})

test('PR1, PR3, PR4: presence, views and touched files; what is null is left out.', () => {
  const presence = { type: 'presence', people: [{ client: 'c', path: null, idle: 5 }] }
  expect(parse(JSON.stringify(presence))).toEqual({ type: 'presence', people: [{ client: 'c', idle: 5 }] })
  const touched = {
    type: 'touched',
    files: [{ path: 'a', doc: 1, version: 3, by: [{ name: 'ann', display_name: 'Ann', color: 1 }] }],
  }
  expect(parse(JSON.stringify(touched))).toEqual(touched)
  const seen = { client: 'c', name: 'ann', display_name: 'Ann', color: 1, ranges: [], view: [0, 9] }
  const selections = { type: 'selections', doc: 1, version: 0, selections: [seen] }
  expect(parse(JSON.stringify(selections))).toEqual(selections)
  const wrong = { ...selections, selections: [{ ...seen, view: [0] }] }
  expect(() => parse(JSON.stringify(wrong))).toThrow(Malformed)
})

test('CH4, CH6, CH7: what changed in the chat, how far it is read, and who is typing.', () => {
  const author = { name: 'ann', display_name: 'Ann', email: 'ann@code.test' }
  const said = { id: 4, author, at: '2026-11-23T08:25:05.351Z', text: '' }
  const changed = { type: 'chat_changed', ...said, edited_at: null, deleted: true }
  expect(parse(JSON.stringify(changed))).toEqual({ type: 'chat_changed', ...said, deleted: true })
  const read = { type: 'chat_read', id: 4, unread: 2, mentions: 1 }
  expect(parse(JSON.stringify(read))).toEqual(read)
  const typing = { type: 'typing', people: [{ name: 'ann', display_name: 'Ann' }] }
  expect(parse(JSON.stringify(typing))).toEqual(typing)
  expect(() => parse('{"type":"typing","people":["ann"]}')).toThrow(Malformed)
})

test('FL2: where a file or folder went is read; anything else in its place is refused.', () => {
  const said = (moved?: unknown): unknown => parse(JSON.stringify({ type: 'files', files: [], moved }))
  expect(said({ from: 'a', to: 'b/a' })).toEqual({
    type: 'files',
    files: [],
    moved: { from: 'a', to: 'b/a' },
  })
  expect(said()).toEqual({ type: 'files', files: [] })
  expect(() => said({ from: 'a' })).toThrow(Malformed)
})

test('CM4: a comment, and where threads are; a place that is none is refused.', () => {
  const range = { start_line: 1, start_column: 1, end_line: 2, end_column: 4 }
  const said = {
    type: 'comment',
    id: 'a',
    parent: null,
    thread: 'a',
    path: 'a.py',
    revision: 'c',
    range,
    anchor: { doc: 1, version: 2, from: 0, to: 9 },
    said: { path: 'a.py', range, quote: 'one' },
    author: { name: null, display_name: 'x', email: 'x@y' },
    at: '2026-11-23T08:25:05.351Z',
    edited_at: null,
    text: '<b>',
    mentions: ['bob'],
    resolved: false,
    outdated: false,
    deleted: false,
  }
  expect(parse(JSON.stringify(said))).toEqual(said)
  const gone = { ...said, range: null, anchor: null, outdated: true }
  expect(parse(JSON.stringify(gone))).toEqual(gone)
  const threads = {
    type: 'comments',
    doc: 1,
    version: 2,
    threads: [{ id: 'a', from: 0, to: 9, resolved: true }],
  }
  expect(parse(JSON.stringify(threads))).toEqual(threads)
  for (const wrong of [{ mentions: [1] }, { anchor: { doc: 1 } }, { range: 3 }, { said: null }])
    expect(() => parse(JSON.stringify({ ...said, ...wrong }))).toThrow(Malformed)
  expect(() => parse('{"type":"comments","doc":1,"version":1,"threads":[{"id":"a","from":-1}]}')).toThrow(
    Malformed,
  )
})

test('NV4: a revision has other names, or none.', () => {
  const named = { type: 'named', revision: 'a1', names: ['Draft 1', 'Hand-in'] }
  expect(parse(JSON.stringify(named))).toEqual(named)
  expect(parse(JSON.stringify({ ...named, names: [] }))).toEqual({ ...named, names: [] })
  expect(() => parse(JSON.stringify({ ...named, names: [1] }))).toThrow(Malformed)
})
