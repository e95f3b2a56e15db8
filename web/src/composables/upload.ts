/** Files that are dropped or chosen, and their way to the server, one after the other. */
import { reactive } from 'vue'
import { putFile } from '@/api/files'
import { sentence, toast } from '@/composables/toasts'
import { joined } from '@/model/tree'
import { texts } from '@/texts'

export interface Upload {
  path: string
  file: File
}

export interface Uploading {
  /** The file on its way, null when none is. */
  name: string | null
  done: number
  of: number
}

export interface Uploader {
  progress: Uploading
  send(uploads: readonly Upload[]): Promise<string[]>
}

export function useUpload(session: string): Uploader {
  const progress = reactive<Uploading>({ name: null, done: 0, of: 0 })
  let running: Promise<unknown> = Promise.resolve()

  async function run(uploads: readonly Upload[]): Promise<string[]> {
    const sent: string[] = []
    progress.of = uploads.length
    for (const [index, { path, file }] of uploads.entries()) {
      progress.name = path
      progress.done = index
      try {
        await putFile(session, path, file)
        sent.push(path)
      } catch (error) {
        toast(texts.tree.uploadFailed(path, sentence(error)), { bad: true })
      }
    }
    progress.name = null
    if (sent.length) toast(texts.tree.uploaded(sent.length))
    return sent
  }

  return {
    progress,
    send(uploads) {
      const mine = running.then(() => run(uploads))
      running = mine
      return mine
    },
  }
}

/** What was chosen in a file field; a chosen folder keeps its paths. */
export function chosen(files: FileList | null, folder = ''): Upload[] {
  return [...(files ?? [])].map((file) => ({
    path: joined(folder, file.webkitRelativePath || file.name),
    file,
  }))
}

/** What was dropped, folders with all that is in them. */
export async function dropped(transfer: DataTransfer, folder = ''): Promise<Upload[]> {
  // Both lists are empty after the first pause.
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.() ?? null)
  const files = chosen(transfer.files, folder)
  if (!entries.some((entry) => entry?.isDirectory)) return files
  const found = await Promise.all(entries.map((entry) => (entry ? walk(entry, folder) : [])))
  return found.flat()
}

async function walk(entry: FileSystemEntry, folder: string): Promise<Upload[]> {
  const path = joined(folder, entry.name)
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) =>
      (entry as FileSystemFileEntry).file(resolve, reject),
    )
    return [{ path, file }]
  }
  // A repository's own folder is not part of its files.
  if (entry.name === '.git') return []
  const reader = (entry as FileSystemDirectoryEntry).createReader()
  const children: FileSystemEntry[] = []
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    )
    if (!some.length) break
    children.push(...some)
  }
  return (await Promise.all(children.map((child) => walk(child, path)))).flat()
}
