/** The files that are open as tabs, and which one is looked at. */
import { computed, markRaw, onScopeDispose, ref, shallowReactive, type ComputedRef } from 'vue'
import { OpenError, type Document } from '@/collab/client'
import type { Live } from '@/composables/live'
import { sentence } from '@/composables/toasts'

export interface OpenFile {
  readonly key: number
  path: string
  state: 'opening' | 'text' | 'binary' | 'failed'
  document: Document | null
  readOnly: boolean
  deleted: boolean
  trouble: string
  /** Who changed it while it was not looked at. */
  changedBy: readonly { name: string; color: number }[]
}

export interface OpenFiles {
  list: readonly OpenFile[]
  current: ComputedRef<OpenFile | null>
  open(path: string): void
  close(file: OpenFile): void
  show(file: OpenFile): void
  retry(file: OpenFile): void
}

interface Stored {
  paths: string[]
  current: string | null
}

export function useOpenFiles(
  session: string,
  live: Live,
  colorOf: (name: string) => { name: string; color: number },
): OpenFiles {
  const list = shallowReactive<OpenFile[]>([])
  const currentKey = ref<number | null>(null)
  const current = computed(() => list.find((file) => file.key === currentKey.value) ?? null)
  const watches = new Map<number, () => void>()
  const storageKey = `code_together.open.${session}`
  let last = 0

  function open(path: string): void {
    const known = list.find((file) => file.path === path && !file.deleted)
    if (known) return show(known)
    const file = shallowReactive<OpenFile>({
      key: ++last,
      path,
      state: 'opening',
      document: null,
      readOnly: true,
      deleted: false,
      trouble: '',
      changedBy: [],
    })
    const index = list.findIndex((other) => other.key === currentKey.value)
    list.splice(index + 1, 0, file)
    show(file)
    void load(file)
  }

  async function load(file: OpenFile): Promise<void> {
    file.state = 'opening'
    const entry = live.files.value.find(({ path }) => path === file.path)
    if (entry?.binary) {
      file.state = 'binary'
      return
    }
    try {
      const document = await live.client.open({ path: file.path })
      if (!list.includes(file)) return live.client.close(document.doc)
      file.document = markRaw(document)
      refresh(file)
      file.state = 'text'
      watches.set(
        file.key,
        document.attach({
          remote(_changes, by) {
            if (by.name && by.name !== live.client.account && currentKey.value !== file.key)
              note(file, by.name)
          },
          reset: () => undefined,
          selections: () => undefined,
        }),
      )
    } catch (error) {
      if (error instanceof OpenError && error.code === 'not_text') file.state = 'binary'
      else {
        file.state = 'failed'
        file.trouble = sentence(error)
      }
    }
  }

  function note(file: OpenFile, name: string): void {
    const person = colorOf(name)
    if (file.changedBy.some((other) => other.name === person.name)) return
    file.changedBy = [...file.changedBy, person]
  }

  function refresh(file: OpenFile): void {
    const { document } = file
    if (!document) return
    file.path = document.path
    file.readOnly = document.readOnly
    file.deleted = document.deleted
  }

  function show(file: OpenFile): void {
    currentKey.value = file.key
    file.changedBy = []
    save()
  }

  function close(file: OpenFile): void {
    const index = list.indexOf(file)
    if (index < 0) return
    list.splice(index, 1)
    watches.get(file.key)?.()
    watches.delete(file.key)
    if (file.document) live.client.close(file.document.doc)
    if (currentKey.value === file.key) {
      const next = list[index] ?? list[index - 1]
      currentKey.value = next?.key ?? null
      if (next) next.changedBy = []
    }
    save()
  }

  function save(): void {
    const stored: Stored = { paths: list.map((file) => file.path), current: current.value?.path ?? null }
    try {
      localStorage.setItem(storageKey, JSON.stringify(stored))
    } catch {
      // The tabs are not there again after a reload.
    }
  }

  /** The tabs of the last time, as far as their files are still there. */
  function recall(): void {
    let stored: Stored | null = null
    try {
      stored = JSON.parse(localStorage.getItem(storageKey) ?? 'null') as Stored | null
    } catch {
      // Nothing that could be read.
    }
    const wanted = current.value?.path ?? stored?.current
    const there = new Set(live.files.value.map(({ path }) => path))
    for (const path of stored?.paths ?? []) if (there.has(path)) open(path)
    const file = list.find((other) => other.path === wanted) ?? list[0]
    if (file) show(file)
  }

  onScopeDispose(
    live.client.on('document', (document) => {
      const file = list.find((other) => other.document === document)
      if (!file) return
      const { path } = file
      refresh(file)
      if (file.path !== path) save()
    }),
  )
  onScopeDispose(
    live.client.on('files', (files) => {
      for (const file of [...list]) {
        const entry = files.find(({ path }) => path === file.path)
        if (file.state === 'binary' && !entry) close(file)
        else if (
          file.document &&
          !files.some(({ doc, path }) => doc === file.document!.doc || path === file.path)
        ) {
          file.deleted = true
        }
      }
    }),
  )
  const first = live.client.on('files', () => {
    first()
    recall()
  })
  onScopeDispose(() => {
    for (const file of [...list]) if (file.document) live.client.close(file.document.doc)
  })

  return { list, current, open, close, show, retry: (file) => void load(file) }
}
