/** A long list of which only what is seen is in the page. Rows have heights that are known, in rem. */
import {
  computed,
  nextTick,
  onScopeDispose,
  ref,
  shallowRef,
  watch,
  type ComputedRef,
  type Ref,
  type ShallowRef,
} from 'vue'

export interface VirtualRow<T> {
  row: T
  index: number
  /** Pixels. */
  top: number
  height: number
}

export interface Virtual<T> {
  /** Height of all rows, in pixels. */
  height: ComputedRef<number>
  shown: ComputedRef<VirtualRow<T>[]>
  /** The row at the upper edge. */
  first: ComputedRef<number>
  /** Whether what is seen comes near the end. */
  nearEnd: ComputedRef<boolean>
  scrolled: Readonly<Ref<number>>
  /** Brings a row into view, below what sticks to the upper edge. */
  reveal(index: number): void
}

/** Rows beyond the edges, so that a quick scroll finds them there. */
const MARGIN = 600

export function useVirtual<T extends { key: string }>(
  rows: () => readonly T[],
  sizeOf: (row: T) => number,
  scroller: Readonly<ShallowRef<HTMLElement | null>>,
  stuck: number,
): Virtual<T> {
  const scrolled = ref(0)
  const seen = ref(0)
  const rem = ref(16)
  const list = shallowRef<readonly T[]>([])

  const tops = computed(() => {
    const found = new Float64Array(list.value.length + 1)
    list.value.forEach((row, index) => (found[index + 1] = found[index]! + sizeOf(row) * rem.value))
    return found
  })
  const height = computed(() => tops.value[list.value.length] ?? 0)

  /** The row that covers this place. */
  function at(place: number): number {
    let [low, high] = [0, list.value.length - 1]
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (tops.value[middle]! <= place) low = middle
      else high = middle - 1
    }
    return Math.max(0, low)
  }

  const first = computed(() => at(scrolled.value))
  const shown = computed(() => {
    const found: VirtualRow<T>[] = []
    const end = scrolled.value + seen.value + MARGIN
    for (let index = at(scrolled.value - MARGIN); index < list.value.length; index++) {
      const [top, bottom] = [tops.value[index]!, tops.value[index + 1]!]
      if (top > end) break
      found.push({ row: list.value[index]!, index, top, height: bottom - top })
    }
    return found
  })

  function measure(): void {
    const element = scroller.value
    if (!element) return
    rem.value = parseFloat(getComputedStyle(document.documentElement).fontSize) || 16
    scrolled.value = element.scrollTop
    seen.value = element.clientHeight
  }

  // What comes in above does not move what is looked at, unless that is the very top.
  watch(
    rows,
    async (now) => {
      const anchor = scrolled.value > 0 ? list.value[first.value] : undefined
      const before = tops.value[first.value] ?? 0
      list.value = now
      if (!anchor) return
      const index = now.findIndex(({ key }) => key === anchor.key)
      const moved = index < 0 ? 0 : tops.value[index]! - before
      if (!moved) return
      scrolled.value += moved
      await nextTick()
      scroller.value?.scrollTo({ top: scrolled.value })
    },
    { immediate: true },
  )

  let observer: ResizeObserver | null = null
  watch(scroller, (element, before) => {
    before?.removeEventListener('scroll', measure)
    observer?.disconnect()
    if (!element) return
    element.addEventListener('scroll', measure, { passive: true })
    observer = new ResizeObserver(measure)
    observer.observe(element)
    measure()
  })
  onScopeDispose(() => observer?.disconnect())

  return {
    height,
    shown,
    first,
    nearEnd: computed(() => seen.value > 0 && scrolled.value + seen.value + MARGIN >= height.value),
    scrolled,
    reveal(index) {
      const element = scroller.value
      if (!element || index < 0 || index >= list.value.length) return
      const above = stuck * rem.value
      const [top, bottom] = [tops.value[index]!, tops.value[index + 1]!]
      if (top - above < element.scrollTop) element.scrollTo({ top: top - above })
      else if (bottom > element.scrollTop + element.clientHeight)
        element.scrollTo({ top: bottom - element.clientHeight })
      measure()
    },
  }
}
