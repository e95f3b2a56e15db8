/** A document of the help as HTML: its links lead within the help, and its tables are drawn by classes, as the page's policy has no styles in elements. */
import { addressOf, pictureOf, type HelpDocument } from '@/help/documents'
import { renderMarkdown } from '@/preview/markdown'

export async function renderHelp({ name, text }: HelpDocument): Promise<string> {
  /** For each link that is open whether it leads anywhere. */
  const open: boolean[] = []
  let empty = false
  const { html } = await renderMarkdown(text, (token, next) => {
    if (token.type === 'link_open') {
      const address = addressOf(String(token.attrGet('href')), name)
      open.push(address !== null)
      token.attrs = address === null ? [] : [['href', address]]
      if (address === null) token.tag = 'span'
      else if (!address.startsWith('/'))
        token.attrs!.push(['target', '_blank'], ['rel', 'noopener noreferrer'])
    } else if (token.type === 'link_close' && !open.pop()) {
      token.tag = 'span'
    } else if (token.type === 'th_open' || token.type === 'td_open') {
      token.attrs = token.attrGet('style') === 'text-align:right' ? [['class', 'right']] : []
      // A head without words is the head of nothing.
      empty = token.tag === 'th' && !next?.content
      if (empty) token.tag = 'td'
    } else if (token.type === 'th_close' && empty) {
      token.tag = 'td'
    } else if (token.type === 'image') {
      token.attrSet('src', pictureOf(String(token.attrGet('src')), name) ?? '')
    } else if (token.type === 'fence') {
      token.attrSet('tabindex', '0')
    }
  })
  return html
}
