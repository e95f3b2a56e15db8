/** Says who came and went, and who changed what: one sentence for all that happened within a few seconds (PR8). */
import { onScopeDispose, watch } from 'vue'
import { announce } from '@/composables/announce'
import type { Live } from '@/composables/live'
import type { Marks } from '@/composables/marks'
import type { Changes } from '@/model/marks'
import type { Here } from '@/model/presence'
import { baseName } from '@/model/tree'
import { texts } from '@/texts'

const PEOPLE_AFTER = 3_000
const CHANGES_AFTER = 6_000

export function useComings(live: Live, marks: Marks): void {
  gather(
    PEOPLE_AFTER,
    () => live.people.value,
    // Who is there at the beginning has not come.
    (before, now) => (before.length ? comings(before, now) : ''),
  )
  gather(
    CHANGES_AFTER,
    () => marks.files.value,
    (before, now) => changes(before, now),
  )
}

/** Says how it is after a while, compared with how it was when the first change came that was not said yet. */
function gather<T>(after: number, of: () => T, sentence: (before: T, now: T) => string): void {
  let timer: ReturnType<typeof setTimeout> | undefined
  watch(of, (_, before) => {
    timer ??= setTimeout(() => {
      timer = undefined
      const said = sentence(before, of())
      if (said) announce(said)
    }, after)
  })
  onScopeDispose(() => clearTimeout(timer))
}

function comings(before: readonly Here[], now: readonly Here[]): string {
  const missing = (those: readonly Here[], these: readonly Here[]): string[] => {
    const known = new Set(those.map(({ name }) => name))
    return these.filter(({ name }) => !known.has(name)).map(({ display_name }) => display_name)
  }
  return texts.presence.comings(missing(before, now), missing(now, before))
}

function changes(before: Changes, now: Changes): string {
  const fresh = [...now].filter(([path, people]) => people.length > (before.get(path)?.length ?? 0))
  if (!fresh.length) return ''
  const people = new Set(fresh.flatMap(([, people]) => people.map(({ display_name }) => display_name)))
  return texts.presence.changes(
    [...people],
    fresh.map(([path]) => baseName(path)),
  )
}
