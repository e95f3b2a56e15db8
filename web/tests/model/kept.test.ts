import { expect, it } from 'vitest'
import { parseKept } from '@/model/kept'

const NOTHING = { panes: [], focused: 0, recent: [] }

it('reads what was kept', () => {
  const kept = { panes: [{ paths: ['a', 'b'], current: 'b' }], focused: 0, recent: ['b', 'a'] }
  expect(parseKept(JSON.stringify(kept))).toEqual(kept)
})

it('is nothing for what cannot be read', () => {
  for (const text of [null, '', '{', 'null', '7', '{"panes":7}']) expect(parseKept(text)).toEqual(NOTHING)
  expect(parseKept('{"panes":[null,{"paths":[1,"a"],"current":2}],"focused":"x"}').panes).toEqual([
    { paths: [], current: null },
    { paths: ['a'], current: null },
  ])
})
