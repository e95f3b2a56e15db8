/** Light, dark, or as the reader's system has it. */
import { computed, ref } from 'vue'

export type Theme = 'system' | 'light' | 'dark'
export const THEME_CHOICES: readonly Theme[] = ['system', 'light', 'dark']
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

const system = window.matchMedia('(prefers-color-scheme: dark)')
const systemDark = ref(system.matches)
system.addEventListener('change', () => (systemDark.value = system.matches))

/** Whether the page is dark now. */
export const inDark = computed(() => (theme.value === 'system' ? systemDark.value : theme.value === 'dark'))

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

// Chosen in another tab, it holds here too.
window.addEventListener('storage', (event) => {
  if (event.key !== KEY) return
  theme.value = stored()
  applyTheme()
})
