/** A long list of rows of one height, of which only those in sight are in the page. */
import { computed, onBeforeUnmount, onMounted, ref, watch, type ComputedRef, type Ref } from 'vue'

/** Rows beyond the edge, so that nothing is missing while one scrolls. */
const BEYOND = 8

export interface VirtualRows {
  /** The first row in the page, and the one after the last. */
  first: ComputedRef<number>
  end: ComputedRef<number>
  /** Of one row, in pixels. */
  height: Ref<number>
  onScroll(): void
  /** Brings a row into sight, moving as little as possible. */
  reveal(index: number): void
}

/** `probe` is an empty element as high as a row; it follows when the text is enlarged. */
export function useVirtualRows(
  scroller: Readonly<Ref<HTMLElement | null>>,
  probe: Readonly<Ref<HTMLElement | null>>,
  count: () => number,
): VirtualRows {
  const top = ref(0)
  const seen = ref(0)
  const height = ref(28)
  let observer: ResizeObserver | undefined

  function measure(): void {
    seen.value = scroller.value?.clientHeight ?? 0
    height.value = probe.value?.getBoundingClientRect().height || height.value
    onScroll()
  }
  function onScroll(): void {
    top.value = scroller.value?.scrollTop ?? 0
  }

  onMounted(() => {
    observer = new ResizeObserver(measure)
    if (scroller.value) observer.observe(scroller.value)
    if (probe.value) observer.observe(probe.value)
    measure()
  })
  onBeforeUnmount(() => observer?.disconnect())
  watch(count, onScroll, { flush: 'post' })

  return {
    first: computed(() => Math.max(0, Math.min(count() - 1, Math.floor(top.value / height.value)) - BEYOND)),
    end: computed(() => Math.min(count(), Math.ceil((top.value + seen.value) / height.value) + BEYOND)),
    height,
    onScroll,
    reveal(index) {
      const list = scroller.value
      if (!list) return
      const [above, below] = [index * height.value, (index + 1.5) * height.value - list.clientHeight]
      if (list.scrollTop > above) list.scrollTop = above
      else if (list.scrollTop < below) list.scrollTop = below
      onScroll()
    },
  }
}
