import type { ChangeSet, Text } from '@codemirror/state'
import type { ThreadPlace } from '../wire/messages'
import type { Caret } from './carets'

/** Who made an update that came from elsewhere: another client, or another view of this document. */
export interface Author {
  client: string
  name: string
}

/** What shows the document. All calls come outside of its own calls of `edit`. */
export interface View {
  /** The text changes by this. */
  remote(changes: ChangeSet, by: Author): void
  /** The text is this now. */
  reset(text: Text): void
  /** These are all the carets of others. A view maps them over later changes itself, until the next call. */
  selections(carets: readonly Caret[]): void
  /** These are all the threads whose text is there. A view takes them along through later changes itself, until the next call. */
  threads?(places: readonly ThreadPlace[]): void
}
