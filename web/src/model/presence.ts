/** Who is here, made from the connections that there are. */
import type { Look, Person } from '../wire/messages'

/** One connection; `idleSince` by this browser's clock, in milliseconds. */
export interface Connected extends Omit<Person, 'path' | 'idle'> {
  path: string | null
  idleSince: number | null
}

/** A person, however many connections they have. `client` is the one where they are at work: not idle, in a file, the latest. */
export type Here = Connected

/** A connection with what it looks at now. */
export function latest(
  {
    client,
    name,
    display_name,
    color,
    role,
  }: Pick<Person, 'client' | 'name' | 'display_name' | 'color' | 'role'>,
  { path, idle }: Look,
  now: number,
): Connected {
  const idleSince = idle === undefined ? null : now - idle * 1000
  return { client, name, display_name, color, role, path: path ?? null, idleSince }
}

/** Each person once, in the order in which they came. */
export function gather(connections: readonly Connected[]): Here[] {
  const people = new Map<string, Here>()
  for (const one of connections) {
    const known = people.get(one.name)
    people.set(one.name, known && ahead(known, one) ? known : one)
  }
  return [...people.values()]
}

function ahead(one: Connected, other: Connected): boolean {
  if ((one.idleSince === null) !== (other.idleSince === null)) return one.idleSince === null
  if ((one.path === null) !== (other.path === null)) return one.path !== null
  return one.idleSince !== null && one.idleSince > other.idleSince!
}
