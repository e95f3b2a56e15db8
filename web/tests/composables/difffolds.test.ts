import { shallowRef } from 'vue'
import { afterEach, describe, expect, it } from 'vitest'
import { PART, STEP, useDiffFolds } from '@/composables/difffolds'
import type { Sides } from '@/composables/sides'
import { dismissAll, toasts } from '@/composables/toasts'

const DIFF = '@@ -50,3 +50,4 @@\n line 50\n+line 51\n line 52\n line 53\n'
const text = Array.from({ length: 100 }, (_, i) => `line ${i + 1}`)

/** A file's sides, whose text comes when it is asked for, or does not. */
function sidesOf(read: () => readonly string[]): Sides {
  const found = shallowRef<readonly string[] | null>(null)
  return {
    text: found,
    color: () => undefined,
    read: async () => void (found.value = read()),
    tokens: () => [],
  }
}

afterEach(dismissAll)

describe('useDiffFolds', () => {
  it('LK8: a fold opens step by step, then whole, once the text is there', async () => {
    const folds = useDiffFolds(
      () => DIFF,
      sidesOf(() => text),
    )
    expect(folds.blocks.value[0]!.gap).toBe(49)
    await folds.open(0, 'below')
    expect(folds.blocks.value[0]!.gap).toBe(49 - STEP)
    expect(folds.blocks.value[0]!.lines[0]!.text).toBe('line 30')
    await folds.open(0, 'all')
    expect(folds.blocks.value[0]!.gap).toBe(0)
  })

  it('LK8: behind the last hunk it says how much there is when that is known, and opens it', async () => {
    const long = DIFF.replace('50,4', '50,7').replace('50,3', '50,6') + ' line 54\n line 55\n line 56\n'
    const folds = useDiffFolds(
      () => long,
      sidesOf(() => text),
    )
    expect(folds.rest.value).toBeNull()
    await folds.open(1, 'above')
    expect(folds.rest.value).toBe(100 - 56 - STEP)
    await folds.open(1, 'all')
    expect(folds.rest.value).toBe(0)
  })

  it('says why a text does not come, and leaves the fold closed', async () => {
    const folds = useDiffFolds(
      () => DIFF,
      sidesOf(() => {
        throw new Error('away')
      }),
    )
    await folds.open(0, 'all')
    expect(folds.blocks.value[0]!.gap).toBe(49)
    expect(toasts).toHaveLength(1)
  })

  it('LK8: of very many lines the first come, and more when they are asked for', () => {
    const lines = Array.from({ length: PART + 5 }, (_, i) => `+line ${i + 1}\n`).join('')
    const folds = useDiffFolds(
      () => `@@ -0,0 +1,${PART + 5} @@\n${lines}`,
      sidesOf(() => text),
    )
    expect(folds.blocks.value[0]!.lines).toHaveLength(PART)
    expect(folds.left.value).toBe(5)
    folds.showMore()
    expect(folds.left.value).toBe(0)
  })
})
