/** What is shown of a file's difference: its hunks, what was opened of the folds around them, and of very many lines the first. */
import { computed, ref, shallowRef, type ComputedRef } from 'vue'
import type { Sides } from '@/composables/sides'
import { sentence, toast } from '@/composables/toasts'
import { folding, limited, parseHunks, type Block, type Hunk, type Opened } from '@/model/diff'

/** Some of a fold below what stands above it, some above what stands below it, or all of it. */
export type Opening = 'above' | 'below' | 'all'

/** So many lines are in the page at first, and so many more each time that more is asked for. */
export const PART = 1_000
/** How much of a fold opens at a time. */
export const STEP = 20

export interface DiffFolds {
  hunks: ComputedRef<readonly Hunk[]>
  /** The hunks that are in the page, with what was opened around them. */
  blocks: ComputedRef<readonly Block[]>
  /** Lines that are not in the page yet. */
  left: ComputedRef<number>
  /** Lines that are folded behind the last hunk; null: nobody has counted them. */
  rest: ComputedRef<number | null>
  showMore(): void
  /** Opens the fold in front of a hunk; behind the last, of the number of hunks. */
  open(index: number, how: Opening): Promise<void>
}

export function useDiffFolds(diff: () => string, sides: Sides): DiffFolds {
  const hunks = computed(() => parseHunks(diff()))
  const most = ref(PART)
  const opened = shallowRef<ReadonlyMap<number, Opened>>(new Map())
  const folded = computed(() => folding(hunks.value, opened.value, sides.text.value))
  const shown = computed(() => limited(folded.value.blocks, most.value))

  return {
    hunks,
    blocks: computed(() => shown.value.blocks),
    left: computed(() => Math.max(0, shown.value.length - most.value)),
    rest: computed(() => folded.value.rest),
    showMore() {
      most.value += PART
    },
    async open(index, how) {
      try {
        await sides.read()
        const { above, below } = opened.value.get(index) ?? { above: 0, below: 0 }
        const now =
          how === 'all'
            ? { above: Infinity, below: index === 0 ? Infinity : 0 }
            : how === 'above'
              ? { above: above + STEP, below }
              : { above, below: below + STEP }
        opened.value = new Map(opened.value).set(index, now)
      } catch (error) {
        toast(sentence(error), { bad: true })
      }
    },
  }
}
