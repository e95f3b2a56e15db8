/** The present moment, ticking for as long as somebody looks at it. */
import { onScopeDispose, shallowRef, type ShallowRef } from 'vue'

export function useNow(every = 1000): Readonly<ShallowRef<Date>> {
  const now = shallowRef(new Date())
  const timer = setInterval(() => (now.value = new Date()), every)
  onScopeDispose(() => clearInterval(timer))
  return now
}
