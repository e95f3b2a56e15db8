// @vitest-environment happy-dom
import { effectScope } from 'vue'
import { afterEach, expect, test, vi } from 'vitest'
import type { FileDiff } from '@/api/types'
import { useSides, type Sides } from '@/composables/sides'
import type { DiffLine } from '@/model/diff'

const FILE: FileDiff = {
  path: 'a.py',
  old_path: null,
  status: 'changed',
  binary: false,
  diff: '',
  added: 1,
  removed: 0,
  too_large: false,
  too_slow: false,
}
/** What the server has of each revision: the role of each line. */
const roles: Record<string, string[]> = { new: ['keyword', 'string', 'number'], old: ['comment', 'number'] }

const same: DiffLine = { kind: 'same', old: 2, new: 3, text: '123', noNewline: false }
const added: DiffLine = { kind: 'add', old: null, new: 2, text: '"x"', noNewline: false }

/** The sides of a difference, with what was asked for. */
async function sidesOf(file: FileDiff): Promise<{ sides: Sides; asked: string[] }> {
  const asked: string[] = []
  vi.stubGlobal('fetch', async (address: string) => {
    const revision = /revision=(\w+)/.exec(address)![1]!
    asked.push(revision)
    const has = roles[revision]!
    return new Response(
      JSON.stringify({
        text: 'abc\n'.repeat(has.length),
        roles: has,
        colors: has.map((_, role) => [3, role]),
      }),
      { headers: { 'Content-Type': 'application/json' } },
    )
  })
  const sides = effectScope().run(() => useSides('s', 'new', 'old', file))!
  sides.color()
  const wanted = file.removed ? 2 : 1
  await vi.waitFor(() => expect(sides.tokens(same, 'new')).toHaveLength(1))
  await vi.waitFor(() => expect(asked).toHaveLength(wanted))
  return { sides, asked }
}

const look = (sides: Sides, line: DiffLine | null, side: 'old' | 'new'): string[] =>
  sides.tokens(line, side).map((token) => token.look)

afterEach(() => vi.unstubAllGlobals())

test('LK4: where nothing was taken away the old text is not asked for, and what is the same has its colours on both sides', async () => {
  const { sides, asked } = await sidesOf(FILE)
  expect(asked).toEqual(['new'])
  expect(look(sides, same, 'old')).toEqual(['tok-number'])
  expect(look(sides, added, 'new')).toEqual(['tok-string'])
  expect(look(sides, added, 'old')).toEqual([])
  expect(look(sides, null, 'old')).toEqual([])
})

test('LK4: each side has its own colours where both texts are there', async () => {
  const { sides, asked } = await sidesOf({ ...FILE, removed: 1 })
  expect(asked.toSorted()).toEqual(['new', 'old'])
  await vi.waitFor(() => expect(look(sides, { ...same, old: 1 }, 'old')).toEqual(['tok-comment']))
})
