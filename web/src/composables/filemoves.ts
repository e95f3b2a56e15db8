/** Moving and copying files and folders, by drag or by cut, copy and paste; a move can be taken back. */
import { shallowRef, type ShallowRef } from 'vue'
import { copyFile, renameFile } from '@/api/files'
import type { Live } from '@/composables/live'
import { sentence, toast } from '@/composables/toasts'
import { baseName, copyName, folderOf, isWithin, joined } from '@/model/tree'
import { texts } from '@/texts'

export interface Held {
  path: string
  how: 'cut' | 'copy'
}

export interface FileMoves {
  /** What was cut or copied and waits to be pasted. */
  held: ShallowRef<Held | null>
  move(path: string, folder: string): Promise<void>
  copy(path: string, folder: string): Promise<void>
  paste(folder: string): Promise<void>
  /** A free path for a copy beside it. */
  copyPath(path: string): string
}

export function useFileMoves(session: string, live: Live): FileMoves {
  const held = shallowRef<Held | null>(null)
  const taken = (path: string): boolean => live.files.value.some((file) => isWithin(file.path, path))
  const copyPath = (path: string): string => copyName(path, taken)

  async function tried(work: () => Promise<unknown>): Promise<boolean> {
    try {
      await work()
      return true
    } catch (error) {
      toast(sentence(error), { bad: true })
      return false
    }
  }

  async function move(path: string, folder: string): Promise<void> {
    const to = joined(folder, baseName(path))
    if (to === path || !(await tried(() => renameFile(session, path, to)))) return
    toast(texts.tree.moved(baseName(path), folder), {
      action: {
        label: texts.tree.undo,
        run: () =>
          void tried(async () => {
            await renameFile(session, to, path)
            toast(texts.tree.moved(baseName(path), folderOf(path)))
          }),
      },
    })
  }

  async function copy(path: string, folder: string): Promise<void> {
    const wanted = joined(folder, baseName(path))
    const to = taken(wanted) ? copyPath(wanted) : wanted
    if (await tried(() => copyFile(session, path, to))) toast(texts.tree.copied(baseName(path), to))
  }

  async function paste(folder: string): Promise<void> {
    if (!held.value) return
    const { path, how } = held.value
    if (how === 'copy') return copy(path, folder)
    held.value = null
    await move(path, folder)
  }

  return { held, move, copy, paste, copyPath }
}
