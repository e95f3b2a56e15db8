/** The reader of Markdown, loaded when there is something to read. */
import { shallowRef } from 'vue'
import type { Block } from '@/model/markdown'

type Parse = (text: string) => Block[]

/** Null until it is there: a text is then shown as it is. */
export const parseMarkdown = shallowRef<Parse | null>(null)
let loading: Promise<void> | null = null

/** Resolves when the reader is there, or cannot be had now. */
export function loadMarkdown(): Promise<void> {
  loading ??= import('@/model/markdown').then(
    ({ parse }) => {
      parseMarkdown.value = parse
    },
    () => {
      loading = null
    },
  )
  return loading
}
