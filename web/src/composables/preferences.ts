/** What this person likes in the editor: kept in this browser, the same in all its tabs, applied at once. */
import { reactive, ref, watch } from 'vue'
import { me } from '@/composables/me'
import { parsePreferences, type Preferences } from '@/model/preferences'

const key = (): string => `code_together.editor.${me.value?.name ?? ''}`

export const preferences = reactive<Preferences>(stored())

/** Whether the dialog is open. */
export const choosing = ref(false)

function stored(): Preferences {
  try {
    return parsePreferences(localStorage.getItem(key()))
  } catch {
    return parsePreferences(null)
  }
}

export function setPreferences(change: Partial<Preferences>): void {
  Object.assign(preferences, change)
  try {
    localStorage.setItem(key(), JSON.stringify(preferences))
  } catch {
    // It holds for this page only.
  }
}

window.addEventListener('storage', (event) => {
  if (event.key === key()) Object.assign(preferences, stored())
})
// Another person at the same browser likes other things.
watch(
  () => me.value?.name,
  () => Object.assign(preferences, stored()),
)
