/** What the parts of a session's pages share. */
import { inject, provide, type ComputedRef, type InjectionKey, type Ref } from 'vue'
import type { WhileAway } from '@/composables/away'
import type { Colors } from '@/composables/colors'
import type { Follow } from '@/composables/follow'
import type { Live } from '@/composables/live'
import type { Marks } from '@/composables/marks'
import type { Revisions } from '@/composables/revisions'

export interface SessionContext {
  id: string
  live: Live
  colors: Colors
  revisions: Revisions
  mayEdit: ComputedRef<boolean>
  /** Since when nobody has been at the keyboard here; null: somebody is. */
  attention: Readonly<Ref<number | null>>
  marks: Marks
  follow: Follow
  away: WhileAway
}

const KEY: InjectionKey<SessionContext> = Symbol('session')

export function provideSession(context: SessionContext): void {
  provide(KEY, context)
}

export function useSession(): SessionContext {
  const context = inject(KEY)
  if (!context) throw new Error('This part belongs into the page of a session.')
  return context
}
