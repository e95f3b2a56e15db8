/** Where one is in the chat: at its end, and then new messages come into sight; or somewhere above, and then what is read stays in its place. */
import { nextTick, ref, watch, type Ref } from 'vue'
import type { Chat } from '@/composables/chat'

export interface ChatScroll {
  atEnd: Readonly<Ref<boolean>>
  /** How many messages came since one left the end. */
  below: Readonly<Ref<number>>
  /** The message that was looked for. */
  marked: Ref<number | null>
  /** To where one was. */
  settle(): void
  toEnd(): void
  onScroll(): void
  reveal(id: number): void
}

const NEAR_THE_END = 24
/** The next page is asked for before one comes to it. */
const AHEAD = 400

export function useChatScroll(
  chat: Chat,
  scroller: Readonly<Ref<HTMLElement | null>>,
  shown: () => boolean,
): ChatScroll {
  const atEnd = ref(chat.anchor.value === null)
  const below = ref(0)
  const marked = ref<number | null>(null)

  function toEnd(): void {
    const element = scroller.value
    if (!element || chat.behind.value) return
    element.scrollTop = element.scrollHeight
    arrive()
  }

  function arrive(): void {
    atEnd.value = true
    below.value = 0
    chat.anchor.value = null
  }

  function first(): HTMLElement | undefined {
    const top = scroller.value?.getBoundingClientRect().top ?? 0
    return [...(scroller.value?.querySelectorAll<HTMLElement>('[data-id]') ?? [])].find(
      (message) => message.getBoundingClientRect().bottom > top,
    )
  }

  function onScroll(): void {
    const element = scroller.value
    // A panel that is not shown has no height, and nobody scrolls it.
    if (!element?.clientHeight) return
    const left = element.scrollHeight - element.scrollTop - element.clientHeight
    if (left < NEAR_THE_END && !chat.behind.value) arrive()
    else {
      atEnd.value = false
      chat.anchor.value = Number(first()?.dataset['id']) || null
    }
    if (element.scrollTop < AHEAD && chat.more.value) void keepingPlace(() => chat.older())
    else if (left < AHEAD && chat.behind.value) void keepingPlace(() => chat.newer())
  }

  /** Messages come and go above and below, and the one at the top stays there. */
  async function keepingPlace(work: () => Promise<void>): Promise<void> {
    const element = scroller.value
    if (!element || chat.loading.value) return
    const before = chat.messages.value
    await work()
    if (chat.messages.value === before) return
    // As it is at this moment: one may have scrolled on while the page was on its way.
    const kept = first()
    const top = kept?.getBoundingClientRect().top ?? 0
    await nextTick()
    if (kept?.isConnected) element.scrollTop += kept.getBoundingClientRect().top - top
    onScroll()
  }

  function reveal(id: number): void {
    scroller.value?.querySelector(`[data-id="${id}"]`)?.scrollIntoView({ block: 'center' })
    onScroll()
  }

  watch(
    () => [chat.messages.value, chat.outbox.list.length],
    async () => {
      const follow = atEnd.value
      await nextTick()
      if (follow) toEnd()
    },
  )
  watch(chat.latest, (_now, before) => {
    if (before && !atEnd.value) below.value++
  })
  watch(shown, async (now) => {
    marked.value = null
    if (!now) return
    await nextTick()
    settle()
  })

  function settle(): void {
    if (chat.anchor.value === null) toEnd()
    else reveal(chat.anchor.value)
  }

  return { atEnd, below, marked, settle, toEnd, onScroll, reveal }
}
