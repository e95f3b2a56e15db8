/** Where threads are in the text that a file has in a revision, kept up to date; the threads themselves come when they are opened. */
import { onScopeDispose, shallowRef, watch, type ShallowRef } from 'vue'
import { threadsThen, type PlaceThen } from '@/api/comments'
import { ApiError } from '@/api/request'
import type { Live } from '@/composables/live'
import type { CommentBody } from '@/wire/messages'

export interface RevisionComments {
  places: Readonly<ShallowRef<readonly PlaceThen[]>>
  /** They could not be loaded. */
  trouble: Readonly<ShallowRef<boolean>>
  load(): Promise<void>
  /** One was begun here. */
  add(comment: CommentBody): void
}

const PAUSE = 300

/** `text`: the file and the revision that are looked at; null: nothing is asked for. */
export function useRevisionComments(
  session: string,
  live: Live,
  text: () => { revision: string; path: string } | null,
): RevisionComments {
  const places = shallowRef<readonly PlaceThen[]>([])
  const trouble = shallowRef(false)
  let abort = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined

  async function load(): Promise<void> {
    clearTimeout(timer)
    abort.abort()
    const { signal } = (abort = new AbortController())
    const wanted = text()
    if (!wanted) return
    trouble.value = false
    const found: PlaceThen[] = []
    try {
      let before: string | null = null
      do {
        const page = await threadsThen(session, wanted.revision, { path: wanted.path, before }, signal)
        found.push(...page.threads)
        before = page.next
        // The newest are there before the oldest; but nothing goes that was there.
        if (found.length > places.value.length) places.value = [...found]
      } while (before !== null)
      places.value = found
    } catch (error) {
      // Of a file that is no text nothing can be said.
      const none = error instanceof ApiError && [404, 409, 413].includes(error.status)
      if (!signal.aborted) trouble.value = !none
    }
  }

  function add(comment: CommentBody): void {
    const wanted = text()
    const { revision, said, thread: id, resolved } = comment
    if (!wanted || !said.range || places.value.some((place) => place.id === id)) return
    if (revision !== wanted.revision || said.path !== wanted.path) return
    places.value = [{ id, range: said.range, resolved, said: true }, ...places.value]
  }

  function hear(comment: CommentBody): void {
    const wanted = text()
    if (!wanted || comment.id !== comment.thread) return
    const { id, resolved, deleted } = comment
    const known = places.value.find((place) => place.id === id)
    if (known && known.resolved !== resolved)
      places.value = places.value.map((place) => (place.id === id ? { ...place, resolved } : place))
    if (known ? !deleted : deleted) return
    add(comment)
    // Whether it is found here, or anything is left of it, the server knows.
    const placed = places.value.some((place) => place.id === id)
    if (!deleted && (placed || ![comment.path, comment.said.path].includes(wanted.path))) return
    clearTimeout(timer)
    timer = setTimeout(() => void load(), PAUSE)
  }

  watch(
    () => {
      const wanted = text()
      return wanted && `${wanted.revision} ${wanted.path}`
    },
    () => {
      places.value = []
      void load()
    },
    { immediate: true },
  )
  onScopeDispose(live.client.on('comment', hear))
  onScopeDispose(live.client.on('welcome', () => void load()))
  onScopeDispose(() => {
    clearTimeout(timer)
    abort.abort()
  })
  return { places, trouble, load, add }
}
