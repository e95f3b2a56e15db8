import { watchEffect } from 'vue'
import { texts } from '@/texts'

/** The page's title: its parts, the nearest first, and the product's name. */
export function useTitle(parts: () => (string | undefined | null)[]): void {
  watchEffect(() => {
    document.title = [...parts().filter(Boolean), texts.product].join(' · ')
  })
}
