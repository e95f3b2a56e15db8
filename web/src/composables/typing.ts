/** Who is typing a chat message: told by the server every few seconds, and forgotten when it stops saying so (CH7). */
import { onScopeDispose, shallowRef, type ShallowRef } from 'vue'
import type { Live } from '@/composables/live'
import { me } from '@/composables/me'

export interface TypingPerson {
  name: string
  display_name: string
}

const HOLDS = 5_000

export function useTyping(live: Live): Readonly<ShallowRef<readonly TypingPerson[]>> {
  const people = shallowRef<readonly TypingPerson[]>([])
  const timers = new Map<string, ReturnType<typeof setTimeout>>()

  function forget(name: string | null): void {
    if (name === null) return
    clearTimeout(timers.get(name))
    timers.delete(name)
    people.value = people.value.filter((person) => person.name !== name)
  }

  onScopeDispose(
    live.client.on('typing', ({ people: typing }) => {
      for (const person of typing) {
        if (person.name === me.value?.name) continue
        clearTimeout(timers.get(person.name))
        timers.set(
          person.name,
          setTimeout(() => forget(person.name), HOLDS),
        )
        if (!people.value.some(({ name }) => name === person.name)) people.value = [...people.value, person]
      }
    }),
  )
  onScopeDispose(live.client.on('chat', (message) => forget(message.author.name)))
  onScopeDispose(() => timers.forEach((timer) => clearTimeout(timer)))
  return people
}
