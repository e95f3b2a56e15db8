/** How far one has read the chat: the server knows, so that it is the same on every device and after a reload (CH6). */
import { onScopeDispose, ref, watch, type Ref } from 'vue'
import { chatRead, markChatRead } from '@/api/chat'
import type { ChatRead } from '@/api/types'
import type { Live } from '@/composables/live'
import { me } from '@/composables/me'
import { usePageVisible } from '@/composables/media'
import { addWaiting } from '@/composables/title'
import { mentions } from '@/model/references'

export interface Unread {
  count: Readonly<Ref<number>>
  /** How many of them name me. */
  mentions: Readonly<Ref<number>>
  /** Up to where it was read when I began to look at what is new; null if nothing was. */
  newAfter: Readonly<Ref<number | null>>
}

const PAUSE = 500

/** `reading`: the end of the chat is shown, if the page is. */
export function useUnread(
  session: string,
  live: Live,
  latest: Readonly<Ref<number>>,
  reading: () => boolean,
): Unread {
  const count = ref(0)
  const named = ref(0)
  const newAfter = ref<number | null>(null)
  const visible = usePageVisible()
  let read = 0
  let known = false
  let timer: ReturnType<typeof setTimeout> | undefined

  const looking = (): boolean => visible.value && reading()

  function take(state: ChatRead): void {
    if (known && state.id < read) return
    known = true
    read = state.id
    count.value = state.unread
    named.value = state.mentions
    if (looking()) mark()
  }

  async function refresh(): Promise<void> {
    try {
      take(await chatRead(session))
    } catch {
      // The next connection asks again.
    }
  }

  /** Everything is read. The server hears of it after a moment, once for what comes in quickly. */
  function mark(): void {
    if (count.value) newAfter.value = read
    count.value = named.value = 0
    if (!known || latest.value <= read) return
    clearTimeout(timer)
    timer = setTimeout(() => {
      read = Math.max(read, latest.value)
      markChatRead(session, read).catch(() => undefined)
    }, PAUSE)
  }

  onScopeDispose(live.client.on('welcome', () => void refresh()))
  onScopeDispose(live.client.on('chat_read', take))
  onScopeDispose(
    live.client.on('chat', (message) => {
      if (message.author.name === me.value?.name) return
      if (looking()) return mark()
      count.value++
      if (me.value && mentions(message.text, me.value.name)) named.value++
    }),
  )
  onScopeDispose(
    live.client.on('chat_changed', (message) => {
      if (message.id > read && !looking()) void refresh()
    }),
  )
  watch(looking, (now) => {
    if (now) mark()
    else newAfter.value = null
  })
  watch(latest, () => {
    if (looking()) mark()
  })
  addWaiting(count)
  onScopeDispose(() => clearTimeout(timer))
  return { count, mentions: named, newAfter }
}
