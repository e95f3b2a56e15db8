/** The address names a file that is not there: it is said, in place of the files that are open, until one goes on. */
import { computed, shallowRef, watch, type ComputedRef } from 'vue'
import { useRoute } from 'vue-router'
import type { Live } from '@/composables/live'
import type { OpenFile, Panes } from '@/composables/panes'

export interface Missing {
  /** Its path; null: nothing is missing. */
  path: ComputedRef<string | null>
  /** Back to what is open. */
  leave(): void
}

export function useMissing(live: Live, panes: Panes): Missing {
  const route = useRoute()
  /** What was asked for, and what was in front then: with another file in front, one has gone on. */
  const asked = shallowRef<{ path: string; over: OpenFile | null } | null>(null)

  watch(
    () => [route.query.file, live.welcomed.value, route.name] as const,
    ([path, welcomed, name]) => {
      if (name !== 'session' || !welcomed || typeof path !== 'string') return
      const known = live.files.value.some((file) => file.path === path)
      const open = panes.files.some((file) => file.path === path)
      asked.value = known || open ? null : { path, over: panes.file.value }
    },
    { flush: 'post', immediate: true },
  )
  // Somebody has made it, or brought it back.
  watch(live.files, (files) => {
    const path = asked.value?.path
    if (path === undefined || !files.some((file) => file.path === path)) return
    asked.value = null
    panes.open(path)
  })

  return {
    path: computed(() => (asked.value && asked.value.over === panes.file.value ? asked.value.path : null)),
    leave: () => (asked.value = null),
  }
}
