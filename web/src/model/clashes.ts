/** Places where a push and what was changed here met, as they are kept in the browser until somebody has looked at them. */
import type { Conflict } from '@/wire/messages'

export interface Clash extends Conflict {
  /** The revision of the push, and which of its places this is. */
  id: string
  /** Who pushed, as shown. */
  by: string
}

/** The oldest go beyond this: nobody will look at them. */
const MOST = 200

/** Those of a push behind those that are there; a push that another tab has taken already comes once. */
export function withMore(
  known: readonly Clash[],
  revision: string,
  by: string,
  conflicts: readonly Conflict[],
): readonly Clash[] {
  const there = new Set(known.map(({ id }) => id))
  const more = conflicts
    .map((conflict, n) => ({ ...conflict, id: `${revision}.${n}`, by }))
    .filter(({ id }) => !there.has(id))
  return [...known, ...more].slice(-MOST)
}

/** What was kept; what cannot be read is left out. */
export function parseClashes(text: string | null): readonly Clash[] {
  let value: unknown
  try {
    value = JSON.parse(text || '[]')
  } catch {
    return []
  }
  return Array.isArray(value) ? value.filter(isClash) : []
}

function isClash(value: unknown): value is Clash {
  if (typeof value !== 'object' || value === null) return false
  const { id, by, doc, path, line, ours, theirs } = value as Record<string, unknown>
  return (
    [id, by, path, ours, theirs].every((text) => typeof text === 'string') &&
    [doc, line].every((number) => typeof number === 'number')
  )
}
