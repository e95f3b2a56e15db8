import { address, request } from './request'
import type { Version } from './types'

/** The names of revisions, the newest name first. */
export const listVersions = (session: string, signal?: AbortSignal): Promise<{ versions: Version[] }> =>
  request('GET', address('sessions', session, 'versions'), { signal })

export const nameRevision = (session: string, revision: string, name: string): Promise<Version> =>
  request('POST', address('sessions', session, 'versions'), { json: { revision, name } })

export const renameVersion = (session: string, tag: string, name: string): Promise<Version> =>
  request('PATCH', address('sessions', session, 'versions', tag), { json: { name } })

export const removeVersion = (session: string, tag: string): Promise<void> =>
  request('DELETE', address('sessions', session, 'versions', tag))
