/** Places where a push and what was changed here met, until somebody has looked at them. */
import type { Author, Conflict } from '@/wire/messages'

export interface Clash extends Conflict {
  /** Who pushed, as shown. */
  by: string
}

/** Those of a push behind those that are there, each once. */
export function withMore(
  known: readonly Clash[],
  by: Author,
  conflicts: readonly Conflict[],
): readonly Clash[] {
  const there = new Set(known.map(({ id }) => id))
  const more = conflicts.filter(({ id }) => !there.has(id))
  return [...known, ...more.map((conflict) => ({ ...conflict, by: by.display_name }))]
}
