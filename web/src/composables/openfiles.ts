/** The files that some pane has open, each once, with their documents. */
import { markRaw, onScopeDispose, shallowReactive } from 'vue'
import { OpenError, type Document } from '@/collab/client'
import type { Live } from '@/composables/live'
import { sentence } from '@/composables/toasts'
import { isWithin } from '@/model/tree'
import { texts } from '@/texts'

export interface OpenFile {
  readonly key: number
  path: string
  state: 'opening' | 'text' | 'plain' | 'binary' | 'failed'
  document: Document | null
  readOnly: boolean
  deleted: boolean
  trouble: string
}

export interface OpenFiles {
  readonly list: readonly OpenFile[]
  /** The file of a path, opened if it is not. */
  open(path: string): OpenFile
  /** No pane has it any more. */
  close(file: OpenFile): void
  retry(file: OpenFile): void
}

export interface Around {
  /** Somebody else changed it. */
  changed(file: OpenFile, name: string): void
  /** It is not there any more, and there is nothing of it to look at. */
  gone(file: OpenFile): void
  renamed(): void
}

export function useOpenFiles(live: Live, around: Around): OpenFiles {
  const list = shallowReactive<OpenFile[]>([])
  const watches = new Map<number, () => void>()
  let last = 0

  function open(path: string): OpenFile {
    const known = list.find((file) => file.path === path && !file.deleted)
    if (known) return known
    const file = shallowReactive<OpenFile>({
      key: ++last,
      path,
      state: 'opening',
      document: null,
      readOnly: true,
      deleted: false,
      trouble: '',
    })
    list.push(file)
    void load(file)
    return file
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
            if (by.name && by.name !== live.client.account) around.changed(file, by.name)
          },
          reset: () => undefined,
          selections: () => undefined,
        }),
      )
    } catch (error) {
      const code = error instanceof OpenError ? error.code : ''
      file.state = code === 'not_text' || code === 'document_too_large' ? 'plain' : 'failed'
      file.trouble = code === 'not_text' ? texts.rawFile.strangeEncoding : sentence(error)
    }
  }

  function refresh(file: OpenFile): void {
    const { document } = file
    if (!document) return
    file.path = document.path
    file.readOnly = document.readOnly
    file.deleted = document.deleted
  }

  function close(file: OpenFile): void {
    const index = list.indexOf(file)
    if (index < 0) return
    list.splice(index, 1)
    leave(file)
  }

  function leave(file: OpenFile): void {
    watches.get(file.key)?.()
    watches.delete(file.key)
    if (file.document) live.client.close(file.document.doc)
    file.document = null
  }

  /** What was deleted has a file at its path again, which is another document: the tab is that one's now. */
  function revive(file: OpenFile): void {
    const { deleted, document, path } = file
    if (!deleted || !document) return
    const entry = live.client.files.find((other) => other.path === path)
    if (!entry || entry.doc === document.doc) return
    if (list.some((other) => other !== file && other.path === path && !other.deleted)) {
      return around.gone(file)
    }
    leave(file)
    file.deleted = false
    file.readOnly = true
    void load(file)
  }

  onScopeDispose(
    live.client.on('document', (document) => {
      const file = list.find((other) => other.document === document)
      if (!file) return
      const { path } = file
      refresh(file)
      if (file.path !== path) around.renamed()
      // Brought back while one was offline: the files came before this.
      revive(file)
    }),
  )
  onScopeDispose(
    live.client.on('files', (files) => {
      for (const file of [...list]) {
        const entry = files.find(({ path }) => path === file.path)
        if (!entry && (file.state === 'binary' || file.state === 'plain')) around.gone(file)
        else if (
          file.document &&
          !files.some(({ doc, path }) => doc === file.document!.doc || path === file.path)
        ) {
          file.deleted = true
        }
        revive(file)
      }
    }),
  )
  // What has no document follows by its path.
  onScopeDispose(
    live.client.on('moved', ({ from, to }) => {
      for (const file of list)
        if (!file.document && isWithin(file.path, from)) file.path = to + file.path.slice(from.length)
      around.renamed()
    }),
  )
  onScopeDispose(() => {
    for (const file of [...list]) if (file.document) live.client.close(file.document.doc)
  })

  return { list, open, close, retry: (file) => void load(file) }
}
