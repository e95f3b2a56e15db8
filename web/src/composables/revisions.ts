/** The list of revisions, page by page, newest first. */
import { ref, shallowRef, type Ref, type ShallowRef } from 'vue'
import { getRevision, listRevisions } from '@/api/history'
import type { Revision } from '@/api/types'
import { sentence } from '@/composables/toasts'
import { EVERYTHING, sameFilter, type HistoryFilter } from '@/model/history'

const PAGE = 50
/** Further pages, as somebody scrolls on. */
const OLDER = 100
const PAUSE = 300

export interface Revisions {
  list: Readonly<ShallowRef<readonly Revision[]>>
  loaded: Readonly<Ref<boolean>>
  loading: Readonly<Ref<boolean>>
  more: Readonly<Ref<boolean>>
  trouble: Readonly<Ref<string>>
  /** Which revisions. */
  filter: Readonly<ShallowRef<HistoryFilter>>
  /** Asks for the newest again and keeps what is known. */
  refresh(): Promise<void>
  older(): Promise<void>
  /** A revision has these names now. */
  named(id: string, names: string[]): void
  /** Something was said of a revision, or taken back: how much is there now. */
  said(id: string): void
  /** From now on these. */
  only(filter: HistoryFilter): Promise<void>
}

export function useRevisions(session: string): Revisions {
  const list = shallowRef<readonly Revision[]>([])
  const loaded = ref(false)
  const loading = ref(false)
  const more = ref(false)
  const trouble = ref('')
  const filter = shallowRef(EVERYTHING)
  let next: string | null = null
  let turn = 0
  const asked = new Set<string>()
  let counting: ReturnType<typeof setTimeout> | undefined

  async function load(before: string | null): Promise<void> {
    const mine = ++turn
    loading.value = true
    try {
      const page = await listRevisions(session, {
        before,
        limit: before === null ? PAGE : OLDER,
        filter: filter.value,
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

  async function count(): Promise<void> {
    counting = undefined
    const ids = [...asked]
    asked.clear()
    for (const id of ids) {
      const found = await getRevision(session, id).catch(() => null)
      if (found)
        list.value = list.value.map((one) => (one.id === id ? { ...one, comments: found.comments } : one))
    }
  }

  return {
    list,
    loaded,
    loading,
    more,
    trouble,
    filter,
    refresh: () => load(null),
    older: async () => {
      if (next !== null && !loading.value) await load(next)
    },
    named(id, names) {
      const known = list.value.some((revision) => revision.id === id)
      list.value = list.value.map((revision) => (revision.id === id ? { ...revision, names } : revision))
      // What is on its way may have been asked for before it had the name.
      if (loaded.value && (loading.value || !known)) void load(null)
    },
    said(id) {
      if (!list.value.some((revision) => revision.id === id)) return
      asked.add(id)
      // Many who speak at once are asked about once.
      counting ??= setTimeout(() => void count(), PAUSE)
    },
    async only(value) {
      if (sameFilter(value, filter.value) && loaded.value) return
      filter.value = value
      list.value = []
      next = null
      loaded.value = false
      await load(null)
    },
  }
}
