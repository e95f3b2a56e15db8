/** What differs between two revisions, piece by piece. */
import {
  computed,
  onScopeDispose,
  ref,
  shallowRef,
  watch,
  type ComputedRef,
  type Ref,
  type ShallowRef,
} from 'vue'
import { revisionDiff } from '@/api/history'
import type { FileDiff } from '@/api/types'
import { sentence } from '@/composables/toasts'

export interface Difference {
  /** Null until the first piece is there. */
  files: Readonly<ShallowRef<readonly FileDiff[] | null>>
  /** With what the revision is compared; null: with nothing. */
  base: Readonly<Ref<string | null>>
  total: Readonly<Ref<number>>
  more: ComputedRef<boolean>
  loading: Readonly<Ref<boolean>>
  trouble: Readonly<Ref<string>>
  /** The next piece; or the first again. */
  load(): Promise<void>
  /** Loads pieces until this file is among them; false if it is not. */
  until(path: string): Promise<boolean>
  /** A file that was left out because it is large. */
  alone(path: string): Promise<void>
}

export function useDifference(
  session: string,
  revision: () => string,
  wantedBase: () => string | null,
): Difference {
  const files = shallowRef<readonly FileDiff[] | null>(null)
  const base = ref<string | null>(null)
  const total = ref(0)
  const loading = ref(false)
  const trouble = ref('')
  const next = ref<number | null>(null)
  let abort = new AbortController()
  onScopeDispose(() => abort.abort())

  async function load(): Promise<void> {
    if (loading.value) return
    const { signal } = abort
    loading.value = true
    trouble.value = ''
    try {
      const query = { base: wantedBase(), after: next.value }
      const piece = await revisionDiff(session, revision(), query, signal)
      files.value = [...(files.value ?? []), ...piece.files]
      base.value = piece.base
      total.value = piece.total
      next.value = piece.next
    } catch (error) {
      if (!signal.aborted) trouble.value = sentence(error)
    } finally {
      if (!signal.aborted) loading.value = false
    }
  }

  watch(
    [revision, wantedBase],
    () => {
      abort.abort()
      abort = new AbortController()
      files.value = null
      next.value = null
      loading.value = false
      void load()
    },
    { immediate: true },
  )

  const has = (path: string): boolean =>
    files.value?.some((file) => file.path === path || file.old_path === path) ?? false

  return {
    files,
    base,
    total,
    more: computed(() => next.value !== null),
    loading,
    trouble,
    load,
    async until(path) {
      const { signal } = abort
      while (!has(path) && next.value !== null && !trouble.value && !signal.aborted) {
        if (loading.value) return false
        await load()
      }
      return has(path)
    },
    async alone(path) {
      const { signal } = abort
      const { files: found } = await revisionDiff(session, revision(), { base: wantedBase(), path }, signal)
      const whole = found.find((file) => file.path === path)
      if (whole) files.value = files.value?.map((file) => (file.path === path ? whole : file)) ?? null
    },
  }
}
