/** How wide the columns of the workspace are and which of them are open, kept in the browser for all sessions. */
import { ref, watch, type Ref } from 'vue'

/** The least that a pane gets of the middle. */
export const LEAST_SHARE = 0.2
/** In pixels. */
export const LEAST_WIDTH = 160
export const MOST_WIDTH = 640

export interface Columns {
  filesOpen: Ref<boolean>
  panelOpen: Ref<boolean>
  /** In pixels; null: as wide as the page has it. */
  filesWidth: Ref<number | null>
  panelWidth: Ref<number | null>
  /** What the left pane has of the middle, 0 to 1. */
  share: Ref<number>
}

interface KeptColumns {
  files: boolean
  panel: boolean
  filesWidth: number | null
  panelWidth: number | null
  share: number
}

const STORAGE_KEY = 'code_together.columns'
let columns: Columns | null = null

export function useColumns(): Columns {
  return (columns ??= create())
}

function create(): Columns {
  const kept = recall()
  const made: Columns = {
    filesOpen: ref(kept.files !== false),
    panelOpen: ref(kept.panel !== false),
    filesWidth: ref(width(kept.filesWidth)),
    panelWidth: ref(width(kept.panelWidth)),
    share: ref(clamp(typeof kept.share === 'number' ? kept.share : 0.5, LEAST_SHARE, 1 - LEAST_SHARE)),
  }
  watch(Object.values(made), () => {
    const now: KeptColumns = {
      files: made.filesOpen.value,
      panel: made.panelOpen.value,
      filesWidth: made.filesWidth.value,
      panelWidth: made.panelWidth.value,
      share: made.share.value,
    }
    try {
      localStorage.setItem(STORAGE_KEY, JSON.stringify(now))
    } catch {
      // They are as the page has them the next time.
    }
  })
  return made
}

function recall(): Partial<KeptColumns> {
  try {
    return (JSON.parse(localStorage.getItem(STORAGE_KEY) ?? '{}') ?? {}) as Partial<KeptColumns>
  } catch {
    return {}
  }
}

function width(value: unknown): number | null {
  return typeof value === 'number' ? clamp(value, LEAST_WIDTH, MOST_WIDTH) : null
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value))
}
