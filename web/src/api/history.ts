import type { HistoryFilter } from '@/model/history'
import { address, request, requestMade } from './request'
import type { Activity, Blame, DiffPiece, FileText, Made, Revision, RevisionPage, Undone } from './types'

export interface RevisionQuery {
  before?: string | null
  limit?: number
  /** Open windows into the commits of their people. */
  people?: boolean
  filter?: HistoryFilter
}

/** Newest first. */
export const listRevisions = (
  session: string,
  { before, limit, people, filter }: RevisionQuery = {},
  signal?: AbortSignal,
): Promise<RevisionPage> =>
  request('GET', address('sessions', session, 'revisions'), {
    query: {
      before,
      limit,
      people: people ? 1 : undefined,
      path: filter?.path,
      author: filter?.authors,
      since: filter?.since,
      until: filter?.until,
      q: filter?.text,
    },
    signal,
  })

/** Who edited how much when, in all of the history or that of one file. */
export const getActivity = (
  session: string,
  path: string | null,
  buckets: number,
  signal?: AbortSignal,
): Promise<Activity> =>
  request('GET', address('sessions', session, 'activity'), { query: { path, buckets }, signal })

export const getRevision = (session: string, id: string, signal?: AbortSignal): Promise<Revision> =>
  request('GET', address('sessions', session, 'revisions', id), { signal })

/**
 * Makes a revision of what there is now; `id` is null where there is nothing yet. Where nothing is open none is made (`committed`): a name is that
 * of the newest then, and a message is not used.
 */
export const saveRevision = (
  session: string,
  about: { message?: string; name?: string } = {},
): Promise<{ id: string | null; committed: boolean }> =>
  request('POST', address('sessions', session, 'revisions'), { json: about })

/** A piece of what differs from the revision before, or from a base; or what became of one file. */
export const revisionDiff = (
  session: string,
  id: string,
  query: { base?: string | null; after?: number | null; path?: string } = {},
  signal?: AbortSignal,
): Promise<DiffPiece> =>
  request('GET', address('sessions', session, 'revisions', id, 'diff'), { query, signal })

/** Who typed each line of a file as it was in a revision. */
export const blame = (
  session: string,
  path: string,
  revision: string,
  signal?: AbortSignal,
): Promise<Blame> =>
  request('GET', address('sessions', session, 'blame', path), { query: { revision }, signal })

/** A file to read as it was in a revision; without one as it is, after what is typed was committed. */
export const fileText = (
  session: string,
  path: string,
  query: { revision?: string | null; colors?: 1 } = {},
  signal?: AbortSignal,
): Promise<FileText> => request('GET', address('sessions', session, 'texts', path), { query, signal })

/** The commits of the people of a window, in the order in which they were chained; none for a revision of one person. */
export async function peopleOf(
  session: string,
  revision: Revision,
  signal?: AbortSignal,
): Promise<Revision[]> {
  if (!revision.people) return []
  const query = { before: revision.id, limit: 1, people: true }
  const { revisions } = await listRevisions(session, query, signal)
  return revisions.slice(1).reverse()
}

/** Puts the session, or one file of it, back as it was. */
export const restore = (session: string, revision: string, path?: string): Promise<Made> =>
  requestMade(address('sessions', session, 'restore'), path === undefined ? { revision } : { revision, path })

/** Undoes a revision alone, or what it did to one file, or to lines of that. */
export const revert = (session: string, undone: Undone): Promise<Made> =>
  requestMade(address('sessions', session, 'revert'), undone)
