/** The chat of a session: its pages, what comes in, and how much of it nobody has looked at. */
import { onScopeDispose, ref, shallowRef, type Ref, type ShallowRef } from 'vue'
import { chatPage } from '@/api/sessions'
import type { ChatMessage, ChatPage } from '@/api/types'
import { announce } from '@/composables/announce'
import type { Live } from '@/composables/live'
import { me } from '@/composables/me'
import { texts } from '@/texts'

export interface Chat {
  /** In their order, newest last. */
  messages: Readonly<ShallowRef<readonly ChatMessage[]>>
  loaded: Readonly<Ref<boolean>>
  loading: Readonly<Ref<boolean>>
  /** There are older ones. */
  more: Readonly<Ref<boolean>>
  unread: Ref<number>
  older(): Promise<void>
}

export function useChat(session: string, live: Live, looking: () => boolean): Chat {
  const messages = shallowRef<readonly ChatMessage[]>([])
  const loaded = ref(false)
  const loading = ref(false)
  const more = ref(false)
  const unread = ref(0)
  let next: ChatPage['next'] = null

  function add(found: readonly ChatMessage[]): void {
    const byId = new Map([...messages.value, ...found].map((message) => [message.id, message]))
    messages.value = [...byId.values()].sort((a, b) => a.id - b.id)
  }

  async function load(before: ChatPage['next']): Promise<void> {
    if (loading.value) return
    loading.value = true
    try {
      const page = await chatPage(session, before)
      add(page.messages)
      if (before !== null || !loaded.value) next = page.next
      more.value = next !== null
      loaded.value = true
    } catch {
      // The next scroll or the next connection asks again; what is here stays.
    } finally {
      loading.value = false
    }
  }

  onScopeDispose(
    live.client.on('chat', (message) => {
      add([message])
      if (message.author.name === me.value?.name) return
      announce(texts.chat.said(message.author.display_name, message.text))
      if (!looking()) unread.value++
    }),
  )
  // What was said while the connection was away is in the newest page.
  onScopeDispose(live.client.on('welcome', () => void load(null)))

  return { messages, loaded, loading, more, unread, older: () => load(next) }
}
