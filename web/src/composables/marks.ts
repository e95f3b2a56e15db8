/** Who changed which files since one looked at them (PR6). Kept in the browser, so that a reload forgets nothing. */
import { computed, onScopeDispose, shallowRef, watch, type ComputedRef, type ShallowRef } from 'vue'
import type { Document } from '@/collab/client'
import type { Live } from '@/composables/live'
import { changed, looked, renamed, withFolders, type Changer, type Changes } from '@/model/marks'
import type { FileEntry } from '@/wire/messages'

export interface Marks {
  /** By path, for files and the folders that they are in. */
  all: ComputedRef<Changes>
  files: Readonly<ShallowRef<Changes>>
  /** Somebody changed a file; what is looked at is not marked. */
  changed(path: string, by: Changer): void
  /** These files are looked at, from now on until the next call. */
  look(paths: readonly string[]): void
  /** What there is of a document was seen. */
  saw(document: Document): void
}

export function useMarks(session: string, live: Live): Marks {
  const key = `code_together.marks.${session}.${live.client.account}`
  const marks = shallowRef<Changes>(recall(key))
  const seen = new Map<number, number>()
  let shown: readonly string[] = []
  let files: readonly FileEntry[] = live.files.value
  let keeping: ReturnType<typeof setTimeout> | undefined

  function mark(path: string, by: Changer): void {
    if (by.name === live.client.account || shown.includes(path)) return
    marks.value = changed(marks.value, path, by)
  }

  onScopeDispose(
    live.client.on('touched', (touched) => {
      for (const { path, doc, version, by } of touched) {
        if (doc !== undefined && version !== undefined && version <= (seen.get(doc) ?? -1)) continue
        for (const person of by) mark(path, person)
      }
    }),
  )
  watch(
    live.files,
    (now) => {
      marks.value = renamed(marks.value, files, now)
      files = now
    },
    { flush: 'sync' },
  )
  watch(marks, () => {
    keeping ??= setTimeout(() => {
      keeping = undefined
      keep(key, marks.value)
    }, 500)
  })
  const going = (): void => keep(key, marks.value)
  window.addEventListener('pagehide', going)
  onScopeDispose(() => {
    clearTimeout(keeping)
    window.removeEventListener('pagehide', going)
    keep(key, marks.value)
  })

  return {
    all: computed(() => withFolders(marks.value)),
    files: marks,
    changed: mark,
    look(paths) {
      shown = paths
      marks.value = looked(marks.value, paths)
    },
    saw: (document) => seen.set(document.doc, document.version),
  }
}

function keep(key: string, marks: Changes): void {
  try {
    if (marks.size) localStorage.setItem(key, JSON.stringify([...marks]))
    else localStorage.removeItem(key)
  } catch {
    // They are not there again after a reload.
  }
}

function recall(key: string): Changes {
  try {
    return new Map(JSON.parse(localStorage.getItem(key) ?? '[]') as [string, Changer[]][])
  } catch {
    return new Map()
  }
}
