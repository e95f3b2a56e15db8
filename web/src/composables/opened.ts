/** Windows that are opened into the commits of their people; these are asked for when they are wanted. */
import { shallowRef, type ShallowRef } from 'vue'
import { peopleOf } from '@/api/history'
import type { Revision } from '@/api/types'
import type { Opened } from '@/model/revisions'

export interface OpenedWindows {
  opened: Readonly<ShallowRef<Opened>>
  toggle(window: Revision): void
  /** Asks again for what did not come. */
  retry(window: Revision): void
}

export function useOpenedWindows(session: string): OpenedWindows {
  const opened = shallowRef<Opened>(new Map())

  function set(id: string, value: readonly Revision[] | 'waiting' | 'failed' | null): void {
    const now = new Map(opened.value)
    if (value === null) now.delete(id)
    else now.set(id, value)
    opened.value = now
  }

  async function open(window: Revision): Promise<void> {
    set(window.id, 'waiting')
    const found = await peopleOf(session, window).catch(() => 'failed' as const)
    if (opened.value.has(window.id)) set(window.id, found)
  }

  return {
    opened,
    toggle: (window) => (opened.value.has(window.id) ? set(window.id, null) : void open(window)),
    retry: (window) => void open(window),
  }
}
