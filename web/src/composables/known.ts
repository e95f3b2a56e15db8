/** What a session knows of that may be named in what people write: its files, its revisions, its people. */
import { computed, inject, provide, type ComputedRef, type InjectionKey } from 'vue'
import type { SessionContext } from '@/composables/session'
import { fileFinder, type Known } from '@/model/references'

export interface Someone {
  name: string
  display_name: string
}

export interface KnownHere {
  known: ComputedRef<Known>
  /** Members, and visitors who are here; those who are here come first. */
  people: ComputedRef<readonly Someone[]>
}

const KEY: InjectionKey<KnownHere> = Symbol('known')

export function provideKnown({ live, colors, revisions }: SessionContext): void {
  const paths = computed(() => live.files.value.map(({ path }) => path))
  const people = computed(() => {
    const all = new Map<string, Someone>()
    for (const { name, display_name } of [...live.people.value, ...colors.members.value])
      if (!all.has(name)) all.set(name, { name, display_name })
    return [...all.values()]
  })
  // Files are told anew with every revision: who looks one up is asked again only where their names have changed.
  const find = computed<{ key: string; find: Known['file'] }>((before) => {
    const key = paths.value.join('\n')
    return before?.key === key ? before : { key, find: fileFinder(paths.value) }
  })
  const known = computed<Known>(() => {
    const { find: file } = find.value
    const names = new Map(people.value.map(({ name, display_name }) => [name, display_name]))
    const list = revisions.list.value
    return {
      file,
      revision: (said) => list.find(({ id }) => id.startsWith(said))?.id ?? null,
      person: (name) => names.get(name) ?? null,
    }
  })
  provide(KEY, { known, people })
}

export function useKnown(): KnownHere {
  const here = inject(KEY)
  if (!here) throw new Error('This part belongs into the page of a session.')
  return here
}
