/** The list of revisions, page by page, newest first. */
import { ref, shallowRef, type Ref, type ShallowRef } from 'vue'
import { listRevisions } from '@/api/history'
import type { Revision } from '@/api/types'
import { sentence } from '@/composables/toasts'

const PAGE = 50

export interface Revisions {
  list: Readonly<ShallowRef<readonly Revision[]>>
  loaded: Readonly<Ref<boolean>>
  loading: Readonly<Ref<boolean>>
  more: Readonly<Ref<boolean>>
  trouble: Readonly<Ref<string>>
  /** Only revisions that touch this file; null: all. */
  path: Readonly<Ref<string | null>>
  /** Asks for the newest again and keeps what is known. */
  refresh(): Promise<void>
  older(): Promise<void>
  only(path: string | null): Promise<void>
}

export function useRevisions(session: string): Revisions {
  const list = shallowRef<readonly Revision[]>([])
  const loaded = ref(false)
  const loading = ref(false)
  const more = ref(false)
  const trouble = ref('')
  const path = ref<string | null>(null)
  let next: string | null = null
  let turn = 0

  async function load(before: string | null): Promise<void> {
    const mine = ++turn
    loading.value = true
    try {
      const page = await listRevisions(session, {
        before,
        limit: PAGE,
        ...(path.value === null ? {} : { path: path.value }),
      })
      if (mine !== turn) return
      const known = new Set(page.revisions.map((revision) => revision.id))
      if (before !== null) {
        list.value = [...list.value.filter((revision) => !known.has(revision.id)), ...page.revisions]
        next = page.next
      } else {
        // The new first page, and what is known behind it if the two meet.
        const meets = list.value.findIndex((revision) => known.has(revision.id))
        const behind = meets < 0 ? [] : list.value.filter((revision) => !known.has(revision.id))
        list.value = [...page.revisions, ...behind]
        if (!behind.length) next = page.next
      }
      more.value = next !== null
      trouble.value = ''
      loaded.value = true
    } catch (error) {
      if (mine === turn) trouble.value = sentence(error)
    } finally {
      if (mine === turn) loading.value = false
    }
  }

  return {
    list,
    loaded,
    loading,
    more,
    trouble,
    path,
    refresh: () => load(null),
    older: async () => {
      if (next !== null && !loading.value) await load(next)
    },
    async only(value) {
      if (value === path.value) return
      path.value = value
      list.value = []
      next = null
      loaded.value = false
      await load(null)
    },
  }
}
