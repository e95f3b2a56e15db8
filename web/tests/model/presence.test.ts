import { expect, test } from 'vitest'
import { gather, latest, type Connected } from '@/model/presence'

const connection = (
  client: string,
  name: string,
  path: string | null,
  idleSince: number | null,
): Connected => ({
  client,
  name,
  display_name: name.toUpperCase(),
  color: 1,
  role: 'editor',
  path,
  idleSince,
})

test('PR1: who has several tabs is there once: where they are awake and in a file, else where they were last.', () => {
  const people = gather([
    connection('1', 'ann', 'a', 500),
    connection('2', 'bob', null, null),
    connection('3', 'ann', null, null),
    connection('4', 'bob', 'b', null),
    connection('5', 'cleo', 'c', 100),
    connection('6', 'cleo', 'd', 900),
    connection('7', 'bob', 'e', 2_000),
  ])
  expect(people.map(({ client }) => client)).toEqual(['3', '4', '6'])
})

test('PR1: for how long somebody has been idle is a moment by this browser’s clock; a server may leave all of it out.', () => {
  const ann = connection('1', 'ann', 'a', null)
  expect(latest(ann, { client: '1', path: 'b', idle: 120 }, 200_000)).toEqual({
    ...ann,
    path: 'b',
    idleSince: 80_000,
  })
  expect(latest(ann, { client: '1' }, 200_000)).toEqual({ ...ann, path: null, idleSince: null })
})
