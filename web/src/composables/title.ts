import { computed, onScopeDispose, shallowReactive, watchEffect, type Ref } from 'vue'
import { texts } from '@/texts'

const counts = shallowReactive(new Set<Readonly<Ref<number>>>())

/** What waits to be looked at: before the title, so that it is seen in the browser's tabs. */
const waiting = computed(() => [...counts].reduce((sum, count) => sum + count.value, 0))

/** Counts with what waits until the scope ends. */
export function addWaiting(count: Readonly<Ref<number>>): void {
  counts.add(count)
  onScopeDispose(() => counts.delete(count))
}

/** The page's title: its parts, the nearest first, and the product's name. */
export function useTitle(parts: () => (string | undefined | null)[]): void {
  watchEffect(() => {
    const count = waiting.value ? `(${waiting.value > 99 ? '99+' : waiting.value}) ` : ''
    document.title = count + [...parts().filter(Boolean), texts.product].join(' · ')
  })
}
