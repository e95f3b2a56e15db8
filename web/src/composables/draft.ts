/** What is being written in a session's chat, kept in the browser until it is sent. */
import { customRef, type Ref } from 'vue'
import { me } from '@/composables/me'

export function useDraft(session: string): Ref<string> {
  const name = `code_together.draft.${me.value?.name ?? ''}.${session}`
  let text = ''
  try {
    text = localStorage.getItem(name) ?? ''
  } catch {
    // It lives as long as the page.
  }
  return customRef((track, trigger) => ({
    get() {
      track()
      return text
    },
    set(now) {
      text = now
      try {
        if (now) localStorage.setItem(name, now)
        else localStorage.removeItem(name)
      } catch {
        // Forbidden, or full.
      }
      trigger()
    },
  }))
}
