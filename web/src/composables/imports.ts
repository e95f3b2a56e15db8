/** Files on their way into a session all at once, as one revision. */
import { reactive } from 'vue'
import { importZip, type ImportOptions } from '@/api/archives'
import type { Upload } from '@/composables/upload'
import { storeZip } from '@/model/zip'

export interface Importing {
  /** What is on its way, null when nothing is. */
  name: string | null
  /** Which part of it has been sent, 0 to 1. */
  sent: number
}

export interface Importer {
  progress: Importing
  /** `what` is how it is called while it goes. Gives how many files there were. Raises `ApiError`. */
  run(session: string, zip: Blob, what: string, options?: ImportOptions): Promise<number>
}

export function useImport(): Importer {
  const progress = reactive<Importing>({ name: null, sent: 0 })
  return {
    progress,
    async run(session, zip, what, options = {}) {
      progress.name = what
      progress.sent = 0
      try {
        const { files } = await importZip(session, zip, options, (part) => (progress.sent = part))
        return files
      } finally {
        progress.name = null
      }
    },
  }
}

/** More than this many bytes are not put into one zip by the browser, which holds them all at once. */
const MOST = 150_000_000

/** Whether files are not too much to go together. */
export const fits = (uploads: readonly Upload[]): boolean =>
  uploads.reduce((sum, { file }) => sum + file.size, 0) <= MOST

export const goTogether = (uploads: readonly Upload[]): boolean => uploads.length > 1 && fits(uploads)

export const isZip = (file: File): boolean =>
  /\.zip$/i.test(file.name) || file.type === 'application/zip' || file.type === 'application/x-zip-compressed'

export async function zipOf(uploads: readonly Upload[]): Promise<Blob> {
  const files = []
  for (const { path, file } of uploads) files.push({ path, bytes: new Uint8Array(await file.arrayBuffer()) })
  return storeZip(files)
}
