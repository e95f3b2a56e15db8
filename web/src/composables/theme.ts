/** Light, dark, or as the reader's system has it. */
import { ref } from 'vue'

export type Theme = 'system' | 'light' | 'dark'
const KEY = 'code_together.theme'

function stored(): Theme {
  try {
    const value = localStorage.getItem(KEY)
    return value === 'light' || value === 'dark' ? value : 'system'
  } catch {
    return 'system'
  }
}

export const theme = ref<Theme>(stored())

export function applyTheme(): void {
  if (theme.value === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme.value
}

export function setTheme(value: Theme): void {
  theme.value = value
  applyTheme()
  try {
    localStorage.setItem(KEY, value)
  } catch {
    // It holds for this page only.
  }
}
