import type { FileStat, Revision } from '@/api/types'
import { byDay } from '@/model/days'

/** Characters of the longest name of a version, and of the longest message: what the server takes, if its settings were let be. */
export const LONGEST_NAME = 200
export const LONGEST_MESSAGE = 2_000

/** The seven characters that people say. */
export function shortId(id: string): string {
  return id.slice(0, 7)
}

/** The first line of the message. */
export function titleOf(revision: Pick<Revision, 'message'>): string {
  return revision.message.split('\n', 1)[0]!
}

/** Lines added and removed in all files, as far as they were counted; files that are not text have none. */
export function sumOf(revision: Pick<Revision, 'files'>): [added: number, removed: number] {
  return revision.files.reduce<[number, number]>(
    ([added, removed], file) => [added + (file.added ?? 0), removed + (file.removed ?? 0)],
    [0, 0],
  )
}

/** Whether there are files whose lines were too many to be counted. */
export function isUncounted(revision: Pick<Revision, 'files'>): boolean {
  return revision.files.some(({ added, removed }) => added === null || removed === null)
}

/** In the list of one file: what became of that file. */
export function fileOf(revision: Revision): FileStat | null {
  return revision.files.find(({ path }) => path === revision.path) ?? null
}

/** What stands in the list of revisions, from top to bottom. */
export type Row =
  | { kind: 'day'; key: string; label: string; count: number; whole: boolean }
  | { kind: 'revision'; key: string; revision: Revision; open: boolean | null }
  | { kind: 'person'; key: string; commit: Revision }
  | { kind: 'waiting'; key: string; failed: boolean; window: Revision }

/** The commits of people that were asked for, by window; while they are on their way, or did not come. */
export type Opened = ReadonlyMap<string, readonly Revision[] | 'waiting' | 'failed'>

/** Revisions by day; below a window that is open the commits of its people. `more`: the last day is not whole. */
export function rowsOf(revisions: readonly Revision[], opened: Opened, more: boolean, now: Date): Row[] {
  const rows: Row[] = []
  const days = byDay(revisions, (revision) => new Date(revision.at), now)
  days.forEach(({ key, label, items }, index) => {
    const whole = index < days.length - 1 || !more
    rows.push({ kind: 'day', key: `${key} ${index}`, label, count: items.length, whole })
    for (const revision of items) {
      const people = opened.get(revision.id)
      const open = !revision.people ? null : people !== undefined
      rows.push({ kind: 'revision', key: revision.id, revision, open })
      if (people === 'waiting' || people === 'failed') {
        const failed = people === 'failed'
        rows.push({ kind: 'waiting', key: `${revision.id} waiting`, failed, window: revision })
      } else {
        for (const commit of people ?? [])
          rows.push({ kind: 'person', key: `${revision.id} ${commit.id}`, commit })
      }
    }
  })
  return rows
}
