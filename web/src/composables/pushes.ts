/** What pushes by git did: a sentence each, and, for those whose edits came together, the places where both sides had changed the same. */
import { inject, onScopeDispose, provide, shallowRef, type InjectionKey, type ShallowRef } from 'vue'
import { announce } from '@/composables/announce'
import type { Live } from '@/composables/live'
import { toast } from '@/composables/toasts'
import { parseClashes, withMore, type Clash } from '@/model/clashes'
import { texts } from '@/texts'

export interface Pushes {
  clashes: Readonly<ShallowRef<readonly Clash[]>>
  /** It has been looked at. */
  settle(clash: Clash): void
}

const KEY: InjectionKey<Pushes> = Symbol('pushes')

export function usePushes(): Pushes {
  const pushes = inject(KEY)
  if (!pushes) throw new Error('This part belongs into the page of a session.')
  return pushes
}

/** What is not settled is kept in the browser, for all tabs of the account in the session. */
export function providePushes(session: string, account: string, live: Live): void {
  const key = `code_together.clashes.${session}.${account}`
  const clashes = shallowRef(read(key))

  function change(to: readonly Clash[]): void {
    clashes.value = to
    try {
      if (to.length) localStorage.setItem(key, JSON.stringify(to))
      else localStorage.removeItem(key)
    } catch {
      // Then they stand here until this page goes.
    }
  }
  const elsewhere = (event: StorageEvent): void => {
    if (event.key === key) clashes.value = parseClashes(event.newValue)
  }
  window.addEventListener('storage', elsewhere)
  onScopeDispose(() => window.removeEventListener('storage', elsewhere))

  live.client.on('merged', ({ revision, by, summary, people, notes, conflicts }) => {
    const name = by.display_name
    toast(texts.pushes.pushed(name, summary))
    for (const note of notes) toast(note)
    if (conflicts.length) announce(texts.pushes.places(name, conflicts.length))
    if (people.includes(account)) change(withMore(clashes.value, revision, name, conflicts))
  })
  provide(KEY, {
    clashes,
    settle: (clash) => change(clashes.value.filter(({ id }) => id !== clash.id)),
  })
}

function read(key: string): readonly Clash[] {
  try {
    return parseClashes(localStorage.getItem(key))
  } catch {
    return []
  }
}
