/** The list of comments as it is filtered, page by page, and as it becomes while one looks. */
import { computed, onScopeDispose, shallowRef, watch, type ComputedRef, type Ref } from 'vue'
import type { CommentQuery } from '@/api/comments'
import type { Comments } from '@/composables/comments'
import type { Live } from '@/composables/live'
import { me } from '@/composables/me'
import { usePages, type Pages } from '@/composables/pages'
import { matches, type Filter, type Thread } from '@/model/threads'

/** Threads of a page. */
const PAGE = 50

export interface CommentList {
  pages: Pages<string>
  threads: ComputedRef<readonly Thread[]>
}

/** `path`: the file that is looked at; `shown`: nothing is asked for before. */
export function useCommentList(
  comments: Comments,
  live: Live,
  filter: Readonly<Ref<Filter>>,
  path: Readonly<Ref<string | null>>,
  shown: () => boolean,
): CommentList {
  const pages = usePages<string, string>(async (before) => {
    const { ids, next } = await comments.page({ ...asked(filter.value, path.value), before, limit: PAGE })
    return { items: ids, next }
  })
  const loaded = shallowRef(false)

  function load(): void {
    loaded.value = true
    pages.items.value = null
    if (filter.value === 'file' && path.value === null) pages.items.value = []
    else void pages.load()
  }

  watch(shown, (now) => now && !loaded.value && load(), { immediate: true })
  watch([filter, () => filter.value === 'file' && path.value], () => loaded.value && load())
  onScopeDispose(live.client.on('welcome', () => loaded.value && void pages.load()))
  onScopeDispose(
    comments.onBegun(({ id }) => {
      const held = pages.items.value
      if (held && !held.includes(id)) pages.items.value = [id, ...held]
    }),
  )

  const threads = computed(() =>
    (pages.items.value ?? []).flatMap((id) => {
      const thread = comments.threads.get(id)
      return thread && matches(thread, filter.value, me.value?.name ?? '', path.value) ? thread : []
    }),
  )
  // Where a file is named otherwise now, or is gone, its comments say so too.
  watch(live.files, (files) => {
    const paths = new Set(files.map(({ path }) => path))
    const lost = ({ root }: Thread): boolean => root.path !== null && !root.outdated && !paths.has(root.path)
    if (loaded.value && threads.value.some(lost)) void pages.load()
  })
  return { pages, threads }
}

function asked(filter: Filter, path: string | null): CommentQuery {
  switch (filter) {
    case 'open':
      return { open: 1 }
    case 'resolved':
      return { open: 0 }
    case 'mine':
      return { mine: 1 }
    case 'file':
      return { path }
  }
}
