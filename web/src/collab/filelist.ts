import type { FileEntry, FilesChanged } from '../wire/messages'

/** The files of a session after some of them changed, by path. */
export function filesAfter(files: readonly FileEntry[], { changed, removed }: FilesChanged): FileEntry[] {
  const now = new Map(files.map((file) => [file.path, file]))
  for (const path of removed) now.delete(path)
  for (const file of changed) now.set(file.path, file)
  return [...now.values()].sort((one, other) => (one.path < other.path ? -1 : 1))
}
