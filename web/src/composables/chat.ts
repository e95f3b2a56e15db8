/** The chat of a session: the stretch of it that is looked at, what comes in, what goes out, and how far it is read. */
import { computed, onScopeDispose, ref, shallowRef, watch, type ComputedRef, type Ref } from 'vue'
import { chatPage, deleteChat, editChat, type Place } from '@/api/chat'
import type { ChatMessage, ChatPage } from '@/api/types'
import { announce } from '@/composables/announce'
import type { Live } from '@/composables/live'
import { loadMarkdown } from '@/composables/markdown'
import { me } from '@/composables/me'
import { useOutbox, type Outbox } from '@/composables/outbox'
import { useTyping, type TypingPerson } from '@/composables/typing'
import { useUnread, type Unread } from '@/composables/unread'
import { NOTHING, ofPage, withChanged, withNewer, withOlder, withSaid } from '@/model/chat'
import { mentions } from '@/model/references'
import { texts } from '@/texts'

export interface Chat {
  messages: ComputedRef<readonly ChatMessage[]>
  loaded: Readonly<Ref<boolean>>
  loading: Readonly<Ref<boolean>>
  /** The newest could not be had. */
  failed: Readonly<Ref<boolean>>
  /** There are older ones; there are newer ones. */
  more: ComputedRef<boolean>
  behind: ComputedRef<boolean>
  /** The newest message that is known of, held or not. */
  latest: Readonly<Ref<number>>
  /** The message that stands at the top of what is looked at; null when one looks at the end. */
  anchor: Ref<number | null>
  unread: Unread
  outbox: Outbox
  typing: Readonly<Ref<readonly TypingPerson[]>>
  older(): Promise<void>
  newer(): Promise<void>
  newest(): Promise<void>
  /** Brings a message with what is around it. */
  show(id: number): Promise<void>
  edit(message: ChatMessage, text: string): Promise<void>
  delete(message: ChatMessage): Promise<void>
}

/** `shown`: the chat can be seen, if the page can. */
export function useChat(session: string, live: Live, shown: () => boolean): Chat {
  const held = shallowRef(NOTHING)
  const loaded = ref(false)
  const loading = ref(false)
  const failed = ref(false)
  const latest = ref(0)
  const anchor = ref<number | null>(null)
  /** What was changed while a page was on its way. */
  const changed = new Map<number, ChatMessage>()
  let turn = 0

  /** Asks for a page; null if another was asked for meanwhile. */
  async function ask(place: Place): Promise<ChatPage | null> {
    const mine = ++turn
    loading.value = true
    changed.clear()
    try {
      const [page] = await Promise.all([chatPage(session, place), loadMarkdown()])
      if (mine !== turn) return null
      page.messages = page.messages.map((message) => changed.get(message.id) ?? message)
      latest.value = Math.max(latest.value, page.messages[page.messages.length - 1]?.id ?? 0)
      loaded.value = true
      failed.value = false
      return page
    } finally {
      if (mine === turn) loading.value = false
    }
  }

  async function older(): Promise<void> {
    const before = held.value.older
    if (before === null || loading.value) return
    const page = await ask({ before }).catch(() => null)
    if (page) held.value = withOlder(held.value, page)
  }

  async function newer(): Promise<void> {
    const after = held.value.newer
    if (after === null || loading.value) return
    const page = await ask({ after }).catch(() => null)
    if (page) held.value = withNewer(held.value, page)
  }

  async function newest(): Promise<void> {
    const page = await ask(null)
    if (!page) return
    const last = page.messages[page.messages.length - 1]?.id ?? 0
    // What was said while the page was on its way.
    const since = held.value.newer === null ? held.value.messages.filter(({ id }) => id > last) : []
    held.value = since.reduce(withSaid, ofPage(page))
  }

  async function show(id: number): Promise<void> {
    const page = await ask({ around: id })
    if (page) held.value = ofPage(page)
  }

  function said(message: ChatMessage): void {
    latest.value = Math.max(latest.value, message.id)
    held.value = withSaid(held.value, message)
  }

  function take(message: ChatMessage): void {
    changed.set(message.id, message)
    held.value = withChanged(held.value, message)
  }

  const outbox = useOutbox(session, live, said)
  const unread = useUnread(session, live, latest, () => shown() && anchor.value === null)
  onScopeDispose(
    live.client.on('chat', (message) => {
      said(message)
      const name = me.value?.name
      if (message.author.name === name) return
      const named = name !== undefined && mentions(message.text, name)
      announce((named ? texts.chat.saidToYou : texts.chat.said)(message.author.display_name, message.text))
    }),
  )
  onScopeDispose(live.client.on('chat_changed', take))
  // What was said and changed while the connection was away: where one looks is asked for anew.
  onScopeDispose(
    live.client.on('welcome', () => {
      const again = anchor.value === null ? newest() : show(anchor.value)
      again.catch(() => (failed.value = true))
    }),
  )
  // Who goes away from the chat while reading comes back to its end.
  watch(shown, (now) => {
    if (!now && held.value.newer === null) anchor.value = null
  })

  return {
    messages: computed(() => held.value.messages),
    loaded,
    loading,
    failed,
    more: computed(() => held.value.older !== null),
    behind: computed(() => held.value.newer !== null),
    latest,
    anchor,
    unread,
    outbox,
    typing: useTyping(live),
    older,
    newer,
    newest,
    show,
    async edit(message, text) {
      take(await editChat(session, message.id, text))
    },
    async delete(message) {
      await deleteChat(session, message.id)
      take({ ...message, text: '', deleted: true })
    },
  }
}
