/** Which colour each person has here: from who is there, who is a member, and oneself; a made-up one for strangers. */
import { computed, shallowRef, type ComputedRef, type ShallowRef } from 'vue'
import { listMembers } from '@/api/sessions'
import type { Author, Member } from '@/api/types'
import { me } from '@/composables/me'
import { colorOf } from '@/model/people'

export interface Colors {
  /** The members of the session. */
  members: Readonly<ShallowRef<readonly Member[]>>
  of(author: Pick<Author, 'name' | 'display_name'>): number
}

export function useColors(
  session: string,
  people: () => readonly { name: string; color: number }[],
): Colors & { load(): Promise<void> } {
  const members = shallowRef<readonly Member[]>([])
  const known: ComputedRef<Map<string, number>> = computed(
    () =>
      new Map([
        ...members.value.map(({ name, color }) => [name, color] as const),
        ...people().map(({ name, color }) => [name, color] as const),
        ...(me.value ? [[me.value.name, me.value.color] as const] : []),
      ]),
  )
  return {
    members,
    of: ({ name, display_name }) => (name !== null && known.value.get(name)) || colorOf(name ?? display_name),
    async load() {
      try {
        members.value = (await listMembers(session)).members
      } catch {
        // Colours are made up until the next time.
      }
    },
  }
}
