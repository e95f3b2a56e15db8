/** The comments in one editor: which of them its card shows, and what the keys and the marks in the gutter do. */
import type { EditorView } from '@codemirror/view'
import { ApiError } from '@/api/request'
import type { Document } from '@/collab/document'
import type { Live } from '@/composables/live'
import { texts } from '@/texts'

export interface EditorComments {
  /** Begins a comment on what is selected, or on the line; `answer`: in the thread that is on the line, if there is one. */
  begin(): void
  /** Shows the next open thread of the text, or the one before. */
  step(by: 1 | -1): void
}

const controls = new WeakMap<EditorView, EditorComments>()

export const commentsOfEditor = (view: EditorView | undefined): EditorComments | undefined =>
  view && controls.get(view)

export function offerComments(view: EditorView, offered: EditorComments): void {
  controls.set(view, offered)
}

const PATIENCE = 10_000

/** Resolves when the server has everything that was typed, so that places are the same for both. Raises `ApiError`. */
export function allSent(live: Live, document: Document): Promise<void> {
  return new Promise((resolve, reject) => {
    const check = (): void => {
      if (document.deleted) end(() => reject(new ApiError(409, 'text_gone', texts.comments.textGone)))
      else if (document.live && document.pending === 0) end(resolve)
    }
    const end = (done: () => void): void => {
      clearTimeout(timer)
      off()
      done()
    }
    const timer = setTimeout(
      () => end(() => reject(new ApiError(0, 'unreachable', texts.comments.notSaved))),
      PATIENCE,
    )
    const off = live.client.on('document', (changed) => {
      if (changed === document) check()
    })
    check()
  })
}
