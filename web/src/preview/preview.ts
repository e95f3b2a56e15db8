/** A file's text as the document of its preview. Loaded when a preview is first wanted. */
import type { Assets } from './assets'
import { drawingOf, frameOf } from './frame'
import type { PreviewKind } from './kinds'
import { drawingLook, proseLook } from './look'
import { renderMarkdown, type Anchor } from './markdown'

export interface Shown {
  /** For `srcdoc`. */
  source: string
  /** Where lines of the text are, in order; none for a kind that has no lines. */
  anchors: readonly Anchor[]
}

export interface About {
  kind: PreviewKind
  path: string
  /** The page's, by which styles are allowed. */
  nonce: string
  dark: boolean
}

export async function previewOf(text: string, assets: Assets, about: About): Promise<Shown> {
  const { kind, path, nonce, dark } = about
  if (kind === 'markdown') {
    const { html, anchors } = await renderMarkdown(text)
    return { source: await frameOf(html, path, assets, { nonce, look: proseLook(dark) }), anchors }
  }
  if (kind === 'svg') {
    return {
      source: await frameOf(drawingOf(text), path, assets, { nonce, look: drawingLook(dark) }),
      anchors: [],
    }
  }
  return { source: await frameOf(text, path, assets, { nonce }), anchors: [] }
}

/** The last anchor that is not below `line`. */
export function anchorAt(anchors: readonly Anchor[], line: number): Anchor | null {
  return anchors.findLast((anchor) => anchor.line <= line) ?? anchors[0] ?? null
}
