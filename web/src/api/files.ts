import { address, request } from './request'

/** Where a file's bytes are, for a download link. */
export const fileAddress = (session: string, path: string, revision?: string): string =>
  address('sessions', session, 'files', path) + (revision ? `?revision=${encodeURIComponent(revision)}` : '')

/** The text of a file as it was. */
export async function fileText(
  session: string,
  path: string,
  revision: string,
  signal?: AbortSignal,
): Promise<string> {
  const response = await fetch(fileAddress(session, path, revision), { credentials: 'same-origin', signal })
  if (!response.ok) throw new Error(String(response.status))
  return response.text()
}

/** Creates or replaces. */
export const putFile = (session: string, path: string, bytes: Blob): Promise<unknown> =>
  request('PUT', address('sessions', session, 'files', path), { body: bytes })

export const renameFile = (session: string, path: string, to: string): Promise<unknown> =>
  request('PATCH', address('sessions', session, 'files', path), { json: { path: to } })

export const deleteFile = (session: string, path: string): Promise<unknown> =>
  request('DELETE', address('sessions', session, 'files', path))
