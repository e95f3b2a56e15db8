import { texts } from '@/texts'
import { ApiError, address, queryString, refusal } from './request'

/** Where the session is as a zip, now or as it was in a revision, for a download link. */
export const archiveAddress = (session: string, revision?: string): string =>
  address('sessions', session, 'archive.zip') + queryString({ revision })

/** Where the whole history is, as a file from which git clones. */
export const bundleAddress = (session: string): string => address('sessions', session, 'bundle')

export interface ImportOptions {
  /** What the zip is called. */
  name?: string
  /** A folder that all files are in is left away. */
  strip?: boolean
  /** The folder that the files go to. */
  into?: string
}

/**
 * The files of a zip become files of the session, all in one revision, or none of them.
 * `sent` is told which part of the zip has gone out, 0 to 1: `fetch` cannot say. Raises `ApiError`.
 */
export function importZip(
  session: string,
  zip: Blob,
  options: ImportOptions,
  sent: (part: number) => void,
): Promise<{ id: string; files: number }> {
  const query = queryString({
    name: options.name,
    strip: options.strip ? 1 : undefined,
    into: options.into || undefined,
  })
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('POST', address('sessions', session, 'import') + query)
    request.setRequestHeader('Accept', 'application/json')
    request.setRequestHeader('Content-Type', 'application/zip')
    request.upload.onprogress = ({ loaded, total }) => sent(total ? loaded / total : 1)
    request.upload.onload = () => sent(1)
    request.onload = () => {
      const answer = new Response(request.responseText, {
        status: request.status,
        headers: { 'Retry-After': request.getResponseHeader('Retry-After') ?? '' },
      })
      if (answer.ok) answer.json().then(resolve, reject)
      else refusal(answer).then(reject, reject)
    }
    request.onerror = () => reject(new ApiError(0, 'unreachable', texts.errors.unreachable))
    request.send(zip)
  })
}
