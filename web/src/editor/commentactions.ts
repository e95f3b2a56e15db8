/** What the marks in the gutter do, as the page says. */
import { Compartment, Facet } from '@codemirror/state'
import type { ThreadPlace } from '@/wire/messages'

export interface CommentActions {
  /** Whether comments can be begun. */
  may: boolean
  open(places: readonly ThreadPlace[]): void
  begin(subject: { from: number; to: number }): void
}

const NOTHING: CommentActions = { may: false, open: () => undefined, begin: () => undefined }

/** Holds the actions of an editor. */
export const commenting = new Compartment()

export const commentActions = Facet.define<CommentActions, CommentActions>({
  combine: (given) => given[0] ?? NOTHING,
})
