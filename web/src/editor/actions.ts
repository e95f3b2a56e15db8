/** What keys in the editor may ask of the page around it. */
import { Facet, type EditorState } from '@codemirror/state'

export interface Actions {
  /** Makes a revision of what there is now. */
  save(): void
  /** Closes the file's tab. */
  close(): void
}

const none: Actions = { save: () => undefined, close: () => undefined }

export const actions = Facet.define<Actions, Actions>({ combine: ([given]) => given ?? none })

export const actionsOf = (state: EditorState): Actions => state.facet(actions)
