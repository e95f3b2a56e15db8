/** Who edited how much when, for the strip above the revisions. */
import { onScopeDispose, ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import { getActivity } from '@/api/history'
import type { Activity } from '@/api/types'
import { sentence } from '@/composables/toasts'

const BUCKETS = 60
/** Milliseconds after a new revision, and while older ones still come in. */
const SOON = 800

export interface ActivityOf {
  activity: Readonly<ShallowRef<Activity | null>>
  trouble: Readonly<Ref<string>>
  load(): void
}

/** Asks again when the file is another one, or there is a new revision. */
export function useActivity(
  session: string,
  path: () => string | null,
  newest: () => unknown,
  active: () => boolean,
): ActivityOf {
  const activity = shallowRef<Activity | null>(null)
  const trouble = ref('')
  let timer: ReturnType<typeof setTimeout> | undefined
  let abort = new AbortController()
  let of: string | null = null

  function later(): void {
    clearTimeout(timer)
    timer = setTimeout(() => void load(), SOON)
  }

  async function load(): Promise<void> {
    abort.abort()
    abort = new AbortController()
    const { signal } = abort
    clearTimeout(timer)
    try {
      const found = await getActivity(session, path(), BUCKETS, signal)
      activity.value = found
      trouble.value = ''
      if (!found.complete) later()
    } catch (error) {
      if (!signal.aborted) trouble.value = sentence(error)
    }
  }

  watch(
    [path, newest, active],
    ([wanted, , on]) => {
      if (!on) return
      if (activity.value && wanted === of) return later()
      if (wanted !== of) activity.value = null
      of = wanted
      void load()
    },
    { immediate: true },
  )
  onScopeDispose(() => {
    clearTimeout(timer)
    abort.abort()
  })

  return { activity, trouble, load: () => void load() }
}
