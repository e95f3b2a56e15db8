import type { Revision } from '@/api/types'

/** The seven characters that people say. */
export function shortId(id: string): string {
  return id.slice(0, 7)
}

/** The first line of the message. */
export function titleOf(revision: Pick<Revision, 'message'>): string {
  return revision.message.split('\n', 1)[0]!
}

/** Lines added and removed in all files; files that are not text have none. */
export function sumOf(revision: Pick<Revision, 'files'>): [added: number, removed: number] {
  return revision.files.reduce<[number, number]>(
    ([added, removed], file) => [added + (file.added ?? 0), removed + (file.removed ?? 0)],
    [0, 0],
  )
}
