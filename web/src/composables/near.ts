/** Whether an element has come near to what is seen; it stays so. */
import { onBeforeUnmount, onMounted, ref, type Ref, type ShallowRef } from 'vue'

const MARGIN = '400px 0px'

export function useNear(element: Readonly<ShallowRef<HTMLElement | null>>): Readonly<Ref<boolean>> {
  const near = ref(false)
  let observer: IntersectionObserver | undefined
  onMounted(() => {
    if (!element.value) return
    observer = new IntersectionObserver(
      (entries) => {
        if (!entries.some(({ isIntersecting }) => isIntersecting)) return
        near.value = true
        observer?.disconnect()
      },
      { rootMargin: MARGIN },
    )
    observer.observe(element.value)
  })
  onBeforeUnmount(() => observer?.disconnect())
  return near
}
