/** Find and replace, with the keyboard in the field for what comes instead. */
import { openSearchPanel } from '@codemirror/search'
import type { Command } from '@codemirror/view'

export const openReplace: Command = (view) => {
  if (view.state.readOnly) return openSearchPanel(view)
  openSearchPanel(view)
  const field = view.dom.querySelector<HTMLInputElement>('.cm-search input[name="replace"]')
  const find = view.dom.querySelector<HTMLInputElement>('.cm-search input[name="search"]')
  // Without anything to look for one says that first.
  if (find?.value) field?.select()
  return true
}
