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
