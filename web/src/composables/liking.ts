/** What the editor goes by: this person's preferences in this page. */
import { computed, type ComputedRef } from 'vue'
import { useMedia } from '@/composables/media'
import { preferences } from '@/composables/preferences'
import { inDark } from '@/composables/theme'
import type { Liking } from '@/editor/likings'

export function useLiking(): ComputedRef<Liking> {
  const still = useMedia('(prefers-reduced-motion: reduce)')
  return computed(() => ({ ...preferences, inDark: inDark.value, still: still.value }))
}
