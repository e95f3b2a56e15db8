/** Chat messages on their way: kept in the browser until the server has them, sent in their order, each once (CH10). */
import { onScopeDispose, reactive } from 'vue'
import { postChat } from '@/api/chat'
import { ApiError } from '@/api/request'
import type { ChatMessage } from '@/api/types'
import type { Live } from '@/composables/live'
import { me } from '@/composables/me'
import { sentence } from '@/composables/toasts'
import { newKey } from '@/model/sendkeys'

export interface Outgoing {
  /** What the server knows it by, if it comes twice. */
  readonly key: string
  readonly text: string
  readonly at: number
  /** Why the server did not take it; empty while it waits. */
  trouble: string
}

export interface Outbox {
  list: readonly Outgoing[]
  send(text: string): void
  retry(message: Outgoing): void
  discard(message: Outgoing): void
}

/** Not taken now, but worth another try without asking: the server is away or busy. */
const LATER = new Set([0, 429, 502, 503, 504])
const PAUSE = 3_000

export function useOutbox(session: string, live: Live, said: (message: ChatMessage) => void): Outbox {
  const prefix = `code_together.unsent.${me.value?.name ?? ''}.${session}.`
  const list = reactive<Outgoing[]>(recall(prefix))
  let sending = false
  let timer: ReturnType<typeof setTimeout> | undefined

  async function flush(): Promise<void> {
    if (sending || live.client.status !== 'online') return
    sending = true
    clearTimeout(timer)
    try {
      let next
      while ((next = list.find(({ trouble }) => !trouble))) {
        said(await postChat(session, next.text, next.key))
        discard(next)
      }
    } catch (error) {
      const waiting = list.find(({ trouble }) => !trouble)
      if (error instanceof ApiError && LATER.has(error.status)) {
        timer = setTimeout(() => void flush(), (error.retryAfter ?? 0) * 1_000 || PAUSE)
      } else if (waiting) {
        waiting.trouble = sentence(error)
        timer = setTimeout(() => void flush())
      }
    } finally {
      sending = false
    }
  }

  function discard(message: Outgoing): void {
    const index = list.findIndex(({ key }) => key === message.key)
    if (index >= 0) list.splice(index, 1)
    attempt(() => localStorage.removeItem(prefix + message.key))
  }

  onScopeDispose(live.client.on('welcome', () => void flush()))
  onScopeDispose(() => clearTimeout(timer))

  return {
    list,
    send(text) {
      const message = { key: newKey(), text, at: Date.now(), trouble: '' }
      attempt(() => localStorage.setItem(prefix + message.key, JSON.stringify([message.at, text])))
      list.push(message)
      void flush()
    },
    retry(message) {
      message.trouble = ''
      void flush()
    },
    discard,
  }
}

function recall(prefix: string): Outgoing[] {
  const found: Outgoing[] = []
  attempt(() => {
    for (let index = 0; index < localStorage.length; index++) {
      const name = localStorage.key(index) ?? ''
      if (!name.startsWith(prefix)) continue
      const [at, text] = JSON.parse(localStorage.getItem(name) ?? '[]') as [number, string]
      if (typeof text === 'string') found.push({ key: name.slice(prefix.length), text, at, trouble: '' })
    }
  })
  return found.sort((a, b) => a.at - b.at)
}

/** Where a browser keeps nothing, messages live as long as the page. */
function attempt(work: () => void): void {
  try {
    work()
  } catch {
    // Forbidden, or full.
  }
}
