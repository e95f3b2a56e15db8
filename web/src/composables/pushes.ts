/** What pushes by git did: a sentence each, and, for those whose edits came together, the places where both sides had changed the same. */
import { inject, provide, shallowRef, type InjectionKey, type ShallowRef } from 'vue'
import { useRouter } from 'vue-router'
import { settleConflict } from '@/api/conflicts'
import { ApiError } from '@/api/request'
import { announce } from '@/composables/announce'
import type { Live } from '@/composables/live'
import { sentence, toast, type Toast } from '@/composables/toasts'
import { withMore, type Clash } from '@/model/clashes'
import { texts } from '@/texts'
import type { Conflict } from '@/wire/messages'

export interface Pushes {
  clashes: Readonly<ShallowRef<readonly Clash[]>>
  /** It has been looked at. */
  settle(clash: Clash): Promise<void>
}

const KEY: InjectionKey<Pushes> = Symbol('pushes')

export function usePushes(): Pushes {
  const pushes = inject(KEY)
  if (!pushes) throw new Error('This part belongs into the page of a session.')
  return pushes
}

/** What is not settled the server keeps: it comes with the welcome. */
export function providePushes(session: string, account: string, live: Live): void {
  const router = useRouter()
  const clashes = shallowRef<readonly Clash[]>([])

  function leadTo({ path, line }: Conflict): NonNullable<Toast['action']> {
    const run = (): void =>
      void router.push({ name: 'session', params: { id: session }, query: { file: path, line } })
    return { label: texts.pushes.show, run }
  }
  function drop(id: string): void {
    clashes.value = clashes.value.filter((clash) => clash.id !== id)
  }

  live.client.on('welcome', ({ conflicts = [] }) => {
    const known = new Set(clashes.value.map(({ id }) => id))
    const fresh = conflicts.filter(({ id }) => !known.has(id))
    clashes.value = conflicts.reduce<readonly Clash[]>((all, one) => withMore(all, one.by, [one]), [])
    if (fresh[0]) toast(texts.pushes.open(fresh.length), { action: leadTo(fresh[0]) })
  })
  live.client.on('merged', ({ by, summary, people, notes, conflicts }) => {
    const name = by.display_name
    const mine = people.includes(account) ? conflicts : []
    toast(texts.pushes.pushed(name, summary), mine[0] && { action: leadTo(mine[0]) })
    for (const note of notes) toast(note)
    if (conflicts.length) announce(texts.pushes.places(name, conflicts.length))
    clashes.value = withMore(clashes.value, by, mine)
  })
  live.client.on('settled', ({ id }) => drop(id))

  provide(KEY, {
    clashes,
    async settle({ id }) {
      try {
        await settleConflict(session, id)
      } catch (error) {
        const settled = error instanceof ApiError && error.code === 'no_conflict'
        if (!settled) return toast(sentence(error), { bad: true })
      }
      drop(id)
    },
  })
}
