/** One search in all files of a session: what is asked, and what was found so far. */
import { onScopeDispose, reactive, ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import { ApiError } from '@/api/request'
import { searchFiles, type SearchFile, type SearchQuery, type SearchSummary } from '@/api/search'
import { announce } from '@/composables/announce'
import { sentence } from '@/composables/toasts'
import { texts } from '@/texts'

export interface Search {
  query: SearchQuery
  state: Readonly<Ref<'idle' | 'running' | 'done' | 'failed'>>
  files: Readonly<ShallowRef<readonly SearchFile[]>>
  matches: Readonly<Ref<number>>
  summary: Readonly<ShallowRef<SearchSummary | null>>
  trouble: Readonly<Ref<string>>
  /** The query is at fault, not the server. */
  refused: Readonly<Ref<boolean>>
  /** Searches now; a change of the query does so by itself after a moment. */
  run(): Promise<void>
}

const PAUSE = 300

export function useSearch(session: string): Search {
  const query = reactive<SearchQuery>({ text: '', regex: false, case: false, word: false, paths: '' })
  const state = ref<'idle' | 'running' | 'done' | 'failed'>('idle')
  const files = shallowRef<readonly SearchFile[]>([])
  const matches = ref(0)
  const summary = shallowRef<SearchSummary | null>(null)
  const trouble = ref('')
  const refused = ref(false)
  let running: AbortController | null = null
  let timer: ReturnType<typeof setTimeout> | undefined

  function stop(): void {
    clearTimeout(timer)
    running?.abort()
    running = null
  }

  async function run(): Promise<void> {
    stop()
    files.value = []
    matches.value = 0
    summary.value = null
    trouble.value = ''
    refused.value = false
    if (!query.text) {
      state.value = 'idle'
      return
    }
    const mine = (running = new AbortController())
    state.value = 'running'
    try {
      const came = await searchFiles(
        session,
        { ...query },
        (some) => {
          if (running !== mine) return
          files.value = [...files.value, ...some]
          matches.value += some.reduce((sum, file) => sum + file.matches.length, 0)
        },
        mine.signal,
      )
      if (running !== mine) return
      summary.value = came
      state.value = 'done'
      announce(came.matches ? texts.search.found(came.matches, files.value.length) : texts.search.noneTitle)
    } catch (error) {
      if (running !== mine) return
      trouble.value = sentence(error)
      refused.value = error instanceof ApiError && error.status === 422
      state.value = 'failed'
    }
  }

  watch(query, () => {
    stop()
    timer = setTimeout(() => void run(), query.text ? PAUSE : 0)
  })
  onScopeDispose(stop)

  return { query, state, files, matches, summary, trouble, refused, run }
}
