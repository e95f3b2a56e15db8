/** The tabs of a session as they are kept in the browser between visits. */

export interface KeptPane {
  paths: string[]
  current: string | null
}

export interface Kept {
  panes: KeptPane[]
  /** Which of `panes` has the focus. */
  focused: number
  /** The paths that were looked at, the last first. */
  recent: string[]
}

/** What was kept; nothing if it cannot be read. */
export function parseKept(text: string | null): Kept {
  const value = read(text)
  const panes = list(value.panes).map((pane) => {
    const { paths, current } = object(pane)
    return { paths: strings(paths), current: typeof current === 'string' ? current : null }
  })
  return {
    panes,
    focused: typeof value.focused === 'number' ? value.focused : 0,
    recent: strings(value.recent),
  }
}

function read(text: string | null): Record<string, unknown> {
  try {
    return object(JSON.parse(text ?? 'null'))
  } catch {
    return {}
  }
}

function object(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

function strings(value: unknown): string[] {
  return list(value).filter((item) => typeof item === 'string')
}
