/** What the parts of a session's pages share. */
import { inject, provide, type ComputedRef, type InjectionKey } from 'vue'
import type { Colors } from '@/composables/colors'
import type { Live } from '@/composables/live'
import type { Revisions } from '@/composables/revisions'

export interface SessionContext {
  id: string
  live: Live
  colors: Colors
  revisions: Revisions
  mayEdit: ComputedRef<boolean>
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
