/**
 * A preview's document, for an iframe with a sandbox of no scripts and of no origin. What the file's author wrote cannot
 * run there, nor reach the page, its cookies or any network: the sandbox forbids scripts, and the document's own policy
 * everything that would be loaded. What is done here besides makes it look right: pictures and style sheets of the
 * session are put in, and links open in a tab of their own.
 */
import type { Assets } from './assets'
import { fileMeant } from './kinds'

const GONE =
  'script, noscript, template, iframe, frame, frameset, object, embed, portal, base, meta, applet, fencedframe'

/** `path` is the file's, to which its references are relative; `look` are styles of ours, with the page's `nonce`. */
export async function frameOf(
  html: string,
  path: string,
  assets: Assets,
  { nonce, look = '' }: { nonce: string; look?: string },
): Promise<string> {
  const page = new DOMParser().parseFromString(html, 'text/html')
  for (const element of page.querySelectorAll(GONE)) element.remove()
  await Promise.all([
    ...Array.from(page.querySelectorAll('link'), (link) => styleSheet(link, path, assets)),
    ...Array.from(page.querySelectorAll('img, source, video, audio, input, track'), (element) =>
      picture(element, path, assets),
    ),
  ])
  for (const link of page.querySelectorAll('a, area')) release(link)
  const rules = ownStyles(page)
  for (const style of page.querySelectorAll('style')) style.setAttribute('nonce', nonce)

  const policy = page.createElement('meta')
  policy.httpEquiv = 'Content-Security-Policy'
  policy.content =
    `default-src 'none'; script-src 'none'; style-src 'nonce-${nonce}'; img-src data:; font-src data:; ` +
    "form-action 'none'; base-uri 'none'"
  const ours = page.createElement('style')
  ours.setAttribute('nonce', nonce)
  ours.textContent = look
  const inline = page.createElement('style')
  inline.setAttribute('nonce', nonce)
  inline.textContent = rules
  page.head.prepend(policy, ours)
  page.head.append(inline)
  return `<!doctype html>${page.documentElement.outerHTML}`
}

/** A document with nothing but a drawing: as a picture it cannot do anything at all. */
export function drawingOf(svg: string): string {
  const bytes = new TextEncoder().encode(svg)
  const encoded = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
  return `<body class="ct-drawing"><img alt="" src="data:image/svg+xml;base64,${encoded}"></body>`
}

async function styleSheet(link: HTMLLinkElement, path: string, assets: Assets): Promise<void> {
  const meant = link.relList.contains('stylesheet') ? fileMeant(path, link.getAttribute('href') ?? '') : null
  const css = meant && (await assets.text(meant))
  if (!css) return link.remove()
  const style = link.ownerDocument.createElement('style')
  style.textContent = css
  if (link.media) style.media = link.media
  link.replaceWith(style)
}

async function picture(element: Element, path: string, assets: Assets): Promise<void> {
  const source = element.getAttribute('src') ?? ''
  element.removeAttribute('srcset')
  element.removeAttribute('poster')
  if (/^data:image\//i.test(source)) return
  const meant = element.localName === 'img' ? fileMeant(path, source) : null
  const address = meant && (await assets.picture(meant))
  if (address) element.setAttribute('src', address)
  else element.removeAttribute('src')
}

/** Within the text a link leads where it says; elsewhere in a tab of its own; all others lead nowhere. */
function release(link: Element): void {
  const address = (link.getAttribute('href') ?? '').trim()
  link.removeAttribute('ping')
  link.removeAttribute('download')
  link.removeAttribute('target')
  if (address.startsWith('#')) return
  if (/^(https?|mailto):/i.test(address)) {
    link.setAttribute('target', '_blank')
    link.setAttribute('rel', 'noopener noreferrer nofollow')
    return
  }
  link.removeAttribute('href')
  link.removeAttribute('xlink:href')
  if (address) link.setAttribute('title', address)
}

/** `style` attributes as rules: the page's policy allows styles by its nonce alone. Three ids weigh more than any selector. */
function ownStyles(page: Document): string {
  const rules: string[] = []
  const sheet = new CSSStyleSheet()
  for (const [index, element] of page.querySelectorAll('[style]').entries()) {
    sheet.replaceSync(`x{${element.getAttribute('style')}}`)
    element.removeAttribute('style')
    const css = sheet.cssRules[0] instanceof CSSStyleRule ? sheet.cssRules[0].style.cssText : ''
    if (!css) continue
    element.setAttribute('data-ct-style', String(index))
    rules.push(`:not(#\\#):not(#\\#):not(#\\#)[data-ct-style="${index}"]{${css}}`)
  }
  return rules.join('\n')
}
