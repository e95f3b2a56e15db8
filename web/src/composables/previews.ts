/** Which files are shown as a preview, in which pane: beside their text, or in its place. For as long as the page is open. */
import { reactive } from 'vue'

export type Preview = 'beside' | 'alone'

export interface Previews {
  get(pane: number, path: string): Preview | undefined
  set(pane: number, path: string, preview: Preview | undefined): void
  toggle(pane: number, path: string): void
}

const sessions = new Map<string, Previews>()

export function previewsOf(session: string): Previews {
  let previews = sessions.get(session)
  if (!previews) sessions.set(session, (previews = makePreviews()))
  return previews
}

function makePreviews(): Previews {
  const shown = reactive(new Map<string, Preview>())
  const key = (pane: number, path: string): string => `${pane} ${path}`
  return {
    get: (pane, path) => shown.get(key(pane, path)),
    set(pane, path, preview) {
      if (preview) shown.set(key(pane, path), preview)
      else shown.delete(key(pane, path))
    },
    toggle(pane, path) {
      this.set(pane, path, this.get(pane, path) ? undefined : 'beside')
    },
  }
}
