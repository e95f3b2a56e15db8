import { address, request } from './request'
import type { BlameLine, FileDiff, Revision, RevisionPage } from './types'

export interface RevisionQuery {
  before?: string | null
  limit?: number
  path?: string
  /** Open windows into the commits of their people. */
  people?: boolean
}

/** Newest first. */
export const listRevisions = (
  session: string,
  query: RevisionQuery = {},
  signal?: AbortSignal,
): Promise<RevisionPage> =>
  request('GET', address('sessions', session, 'revisions'), {
    query: {
      before: query.before,
      limit: query.limit,
      path: query.path,
      people: query.people ? 1 : undefined,
    },
    signal,
  })

export const getRevision = (session: string, id: string, signal?: AbortSignal): Promise<Revision> =>
  request('GET', address('sessions', session, 'revisions', id), { signal })

export const revisionDiff = (
  session: string,
  id: string,
  signal?: AbortSignal,
): Promise<{ files: FileDiff[] }> =>
  request('GET', address('sessions', session, 'revisions', id, 'diff'), { signal })

/** Who typed each line of a file as it was in a revision. */
export const blame = (
  session: string,
  path: string,
  revision: string,
  signal?: AbortSignal,
): Promise<{ lines: BlameLine[] }> =>
  request('GET', address('sessions', session, 'blame', path), { query: { revision }, signal })

/** The commits of the people of a window, in the order in which they were chained; none for a revision of one person. */
export async function peopleOf(
  session: string,
  revision: Revision,
  signal?: AbortSignal,
): Promise<Revision[]> {
  if (revision.parents.length < 2) return []
  const limit = revision.authors.length + 2
  const { revisions } = await listRevisions(session, { before: revision.id, limit, people: true }, signal)
  const start = revisions.findIndex(({ id }) => id === revision.id) + 1
  const end = revisions.findIndex(({ id }) => id === revision.parents[0])
  return revisions.slice(start, end < 0 ? undefined : end).reverse()
}

/** Puts the session, or one file of it, back as it was. */
export const restore = (session: string, revision: string, path?: string): Promise<{ id: string }> =>
  request('POST', address('sessions', session, 'restore'), {
    json: path === undefined ? { revision } : { revision, path },
  })
