import { address, reached, refusal, request } from './request'
import type { DeletedPage, FileAt, LeftOut } from './types'

/** Where a file's bytes are, for a download link. */
export const fileAddress = (session: string, path: string, revision?: string): string =>
  address('sessions', session, 'files', path) + (revision ? `?revision=${encodeURIComponent(revision)}` : '')

/** The files of a revision. */
export const listFilesAt = (
  session: string,
  revision: string,
  signal?: AbortSignal,
): Promise<{ files: FileAt[]; left_out?: LeftOut[] }> =>
  request('GET', address('sessions', session, 'files'), { query: { revision }, signal })

/** The first bytes of a file, and no more than these over the network. Raises `ApiError`. */
export async function firstBytes(source: string, most: number, signal: AbortSignal): Promise<Uint8Array> {
  const response = await reached(source, { credentials: 'same-origin', signal }, signal)
  if (!response.ok) throw await refusal(response)
  const reader = response.body?.getReader()
  const pieces: Uint8Array<ArrayBuffer>[] = []
  let size = 0
  while (reader && size < most) {
    const { done, value } = await reader.read()
    if (done) break
    pieces.push(value)
    size += value.length
  }
  void reader?.cancel()
  return new Uint8Array(await new Blob(pieces).arrayBuffer()).subarray(0, most)
}

/** A file's bytes as something of this media type. Raises `ApiError`. */
export async function fileAs(source: string, type: string, signal: AbortSignal): Promise<Blob> {
  const response = await reached(source, { credentials: 'same-origin', signal }, signal)
  if (!response.ok) throw await refusal(response)
  return new Blob([await response.arrayBuffer()], { type })
}

/** Creates or replaces. */
export const putFile = (session: string, path: string, bytes: Blob): Promise<unknown> =>
  request('PUT', address('sessions', session, 'files', path), { body: bytes })

/** Creates an empty file; `changed_meanwhile` where there is one already. */
export const createFile = (session: string, path: string): Promise<unknown> =>
  request('PUT', address('sessions', session, 'files', path), { body: new Blob([]), query: { new: 1 } })

export const renameFile = (session: string, path: string, to: string): Promise<unknown> =>
  request('PATCH', address('sessions', session, 'files', path), { json: { path: to } })

/** A file, or a folder with what is in it. */
export const copyFile = (session: string, path: string, to: string): Promise<unknown> =>
  request('POST', address('sessions', session, 'files', path), { json: { copy_to: to } })

/** Files that are no more, the newest deletion first. `complete`: the history was looked through to its end. */
export const listDeleted = (session: string, before: string | null, limit: number): Promise<DeletedPage> =>
  request('GET', address('sessions', session, 'deleted'), { query: { before, limit } })

export const deleteFile = (session: string, path: string): Promise<unknown> =>
  request('DELETE', address('sessions', session, 'files', path))
