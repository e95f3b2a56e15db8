/** A list that comes page by page. */
import { ref, shallowRef, type Ref, type ShallowRef } from 'vue'
import { sentence } from '@/composables/toasts'

export interface Pages<T> {
  /** Null until the first page is there. */
  items: ShallowRef<readonly T[] | null>
  /** Whether there are more. */
  more: Ref<boolean>
  trouble: Ref<string>
  /** The first page again. */
  load(): Promise<void>
  /** The next page, below what is there. */
  next(): Promise<void>
}

export function usePages<T, C>(ask: (after: C | null) => Promise<{ items: T[]; next: C | null }>): Pages<T> {
  const items = shallowRef<readonly T[] | null>(null)
  const more = ref(false)
  const trouble = ref('')
  let after: C | null = null
  let asked = 0

  async function take(from: C | null): Promise<void> {
    const mine = ++asked
    trouble.value = ''
    try {
      const page = await ask(from)
      if (mine !== asked) return
      items.value = from === null ? page.items : [...(items.value ?? []), ...page.items]
      after = page.next
      more.value = page.next !== null
    } catch (error) {
      if (mine === asked) trouble.value = sentence(error)
    }
  }

  return { items, more, trouble, load: () => take(null), next: () => take(after) }
}
