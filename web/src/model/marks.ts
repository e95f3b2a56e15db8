/** Who changed which files since one looked at them. */

export interface Changer {
  /** The account's name; null for somebody without one. */
  name: string | null
  display_name: string
  color: number
}

export type Changes = ReadonlyMap<string, readonly Changer[]>

/** With one more person at a path; the same map if they are there already. */
export function changed(marks: Changes, path: string, person: Changer): Changes {
  const there = marks.get(path) ?? []
  if (there.some((other) => same(other, person))) return marks
  return new Map(marks).set(path, [...there, person])
}

/** Without what is looked at; the same map if nothing of it was marked. */
export function looked(marks: Changes, paths: readonly string[]): Changes {
  if (!paths.some((path) => marks.has(path))) return marks
  return new Map([...marks].filter(([path]) => !paths.includes(path)))
}

/** As the files are named now: marks follow a document to its new path, and go with a file that is gone. */
export function renamed(
  marks: Changes,
  before: readonly { path: string; doc?: number }[],
  now: readonly { path: string; doc?: number }[],
): Changes {
  if (marks.size === 0) return marks
  const paths = new Map(now.flatMap(({ doc, path }) => (doc === undefined ? [] : [[doc, path] as const])))
  const there = new Set(now.map(({ path }) => path))
  const docs = new Map(before.map(({ path, doc }) => [path, doc]))
  const moved = new Map<string, readonly Changer[]>()
  for (const [path, people] of marks) {
    const doc = docs.get(path)
    const to = (doc !== undefined && paths.get(doc)) || path
    if (there.has(to)) moved.set(to, people)
  }
  return moved
}

/** With the folders, each with everyone of all that is in it. */
export function withFolders(marks: Changes): Changes {
  const all = new Map<string, readonly Changer[]>(marks)
  for (const [path, people] of marks) {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const folder = path.slice(0, end)
      const there = all.get(folder) ?? []
      const more = people.filter((person) => !there.some((other) => same(other, person)))
      if (more.length) all.set(folder, [...there, ...more])
    }
  }
  return all
}

function same(one: Changer, other: Changer): boolean {
  return one.name === other.name && (one.name !== null || one.display_name === other.display_name)
}
