/** A part of the page onto which files can be dropped. */
import { computed, ref, type ComputedRef } from 'vue'
import { dropped, type Upload } from '@/composables/upload'

export interface DropTarget {
  /** Files are held over it. */
  over: ComputedRef<boolean>
  dragEnter(event: DragEvent): void
  dragOver(event: DragEvent): void
  dragLeave(event: DragEvent): void
  drop(event: DragEvent): Promise<void>
}

export function useDropTarget(mayEdit: ComputedRef<boolean>, send: (uploads: Upload[]) => void): DropTarget {
  const depth = ref(0)

  const carriesFiles = (event: DragEvent): boolean =>
    mayEdit.value && !!event.dataTransfer?.types.includes('Files')

  function dragEnter(event: DragEvent): void {
    if (!carriesFiles(event)) return
    event.preventDefault()
    depth.value++
  }
  function dragOver(event: DragEvent): void {
    if (carriesFiles(event)) event.preventDefault()
  }
  function dragLeave(event: DragEvent): void {
    if (carriesFiles(event)) depth.value = Math.max(0, depth.value - 1)
  }
  async function drop(event: DragEvent): Promise<void> {
    if (!carriesFiles(event)) return
    event.preventDefault()
    event.stopPropagation()
    depth.value = 0
    // Over a list of files they go to the folder under the pointer.
    const folder = (event.target as Element).closest<HTMLElement>('[data-folder]')?.dataset.folder
    send(await dropped(event.dataTransfer!, folder))
  }

  return { over: computed(() => depth.value > 0), dragEnter, dragOver, dragLeave, drop }
}
