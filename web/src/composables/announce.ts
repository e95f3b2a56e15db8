/** The one polite live region: what happened, for those who do not see it. */
import { ref } from 'vue'

export const announcement = ref('')
let clearing: ReturnType<typeof setTimeout> | undefined

export function announce(text: string): void {
  // The same words twice would not be read again: a hair space makes them different.
  announcement.value = announcement.value === text ? text + '\u200A' : text
  clearTimeout(clearing)
  clearing = setTimeout(() => (announcement.value = ''), 10_000)
}

/** Says the title of the page that has just opened. */
export function announcePage(): void {
  setTimeout(() => announce(document.title), 100)
}
