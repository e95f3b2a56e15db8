/** Which paths of a session have a file. */
import { computed } from 'vue'
import type { Live } from '@/composables/live'

export interface Paths {
  taken(path: string): boolean
  /** The list of files comes over the live connection, which may be a little behind the answer. */
  appeared(path: string): Promise<void>
}

export function usePaths(live: Live): Paths {
  const paths = computed(() => new Set(live.files.value.map(({ path }) => path)))
  const taken = (path: string): boolean => paths.value.has(path)

  async function appeared(path: string): Promise<void> {
    for (let i = 0; i < 20 && !taken(path); i++) await new Promise((resolve) => setTimeout(resolve, 50))
  }

  return { taken, appeared }
}
