/** Files and folders that are dragged within the tree, and where they would go. */
import { onBeforeUnmount, onMounted, ref, type Ref } from 'vue'
import { mayMoveTo } from '@/model/tree'

/** What this page drags is known to it alone: text that is dragged would be dropped into the editor. */
const TYPE = 'application/x-code-together-path'
const OPENS_AFTER = 700

export interface TreeDrag {
  /** The folder under the pointer in which it would end ('' is the top), null while nothing is dragged there. */
  over: Ref<string | null>
  start(event: DragEvent, path: string): void
  dragOver(event: DragEvent): void
  dragLeave(event: DragEvent): void
  drop(event: DragEvent): void
}

export function useTreeDrag(
  mayEdit: () => boolean,
  to: {
    move(path: string, folder: string): void
    copy(path: string, folder: string): void
    open(folder: string): void
  },
): TreeDrag {
  const over = ref<string | null>(null)
  let dragged: string | null = null
  let opening: ReturnType<typeof setTimeout> | undefined

  function clear(): void {
    over.value = null
    clearTimeout(opening)
  }
  function end(): void {
    dragged = null
    clear()
  }
  const copies = (event: DragEvent): boolean => event.ctrlKey || event.altKey
  const folderAt = (event: DragEvent): string =>
    (event.target as Element).closest<HTMLElement>('[data-folder]')?.dataset.folder ?? ''

  // Where files from outside are dropped, the page takes them before the tree hears of it.
  onMounted(() => {
    window.addEventListener('drop', clear, true)
    window.addEventListener('dragend', end, true)
  })
  onBeforeUnmount(() => {
    window.removeEventListener('drop', clear, true)
    window.removeEventListener('dragend', end, true)
    clearTimeout(opening)
  })

  return {
    over,
    start(event, path) {
      if (!mayEdit() || !event.dataTransfer) return
      dragged = path
      event.dataTransfer.setData(TYPE, path)
      event.dataTransfer.effectAllowed = 'copyMove'
    },
    dragOver(event) {
      if (!mayEdit() || !event.dataTransfer) return
      const fromOutside = event.dataTransfer.types.includes('Files')
      if (!fromOutside && dragged === null) return
      const folder = folderAt(event)
      if (!fromOutside && !copies(event) && !mayMoveTo(dragged!, folder)) return clear()
      event.preventDefault()
      if (!fromOutside) event.dataTransfer.dropEffect = copies(event) ? 'copy' : 'move'
      if (folder === over.value) return
      clear()
      over.value = folder
      opening = setTimeout(() => to.open(folder), OPENS_AFTER)
    },
    dragLeave(event) {
      const list = event.currentTarget as HTMLElement
      if (!list.contains(event.relatedTarget as Node | null)) clear()
    },
    drop(event) {
      const path = dragged
      end()
      if (path === null || !mayEdit()) return
      event.preventDefault()
      const folder = folderAt(event)
      if (copies(event)) to.copy(path, folder)
      else if (mayMoveTo(path, folder)) to.move(path, folder)
    },
  }
}
