/** Markdown as HTML: CommonMark with tables, bare links and coloured code. HTML in it stays text. */
import { highlightCode } from '@lezer/highlight'
import MarkdownIt, { type Token } from 'markdown-it'
import { languageNamed } from '@/editor/languages'
import { syntax } from '@/editor/syntax'

/** Where a line of the text is in the preview. */
export interface Anchor {
  /** From 1. */
  line: number
  id: string
}

export interface Rendered {
  html: string
  /** In the order of the text. */
  anchors: Anchor[]
}

type Parser = { parse(text: string): Parameters<typeof highlightCode>[1] }

/** `adapt` may change each token before it becomes HTML; `next` is the one after it. */
export async function renderMarkdown(
  text: string,
  adapt?: (token: Token, next?: Token) => void,
): Promise<Rendered> {
  const parsers = new Map<string, Parser>()
  const markdown = new MarkdownIt({
    html: false,
    linkify: true,
    highlight(code, name) {
      const parser = parsers.get(name)
      return parser ? coloured(code, parser) : ''
    },
  })
  const tokens = markdown.parse(text, {})
  const anchors: Anchor[] = []
  const names = new Set<string>()
  const slug = slugs()
  for (const [index, token] of tokens.entries()) {
    if (token.type === 'fence') names.add(nameOf(token.info))
    adapt?.(token, tokens[index + 1])
    if (adapt) for (const child of token.children ?? []) adapt(child)
    if (!token.map || token.level > 0 || token.nesting < 0) continue
    const line = token.map[0] + 1
    // Headings have the ids by which links within the text call them.
    const title = token.type === 'heading_open' ? slug(tokens[index + 1]?.content ?? '') : ''
    const id = title || `ct-line-${line}`
    token.attrSet('id', id)
    anchors.push({ line, id })
  }
  await Promise.all(
    [...names].filter(Boolean).map(async (name) => {
      const found = await languageNamed(name)
      if (found) parsers.set(name, (await found.load()).language.parser)
    }),
  )
  return { html: markdown.renderer.render(tokens, markdown.options, {}), anchors }
}

const nameOf = (info: string): string => info.trim().split(/\s+/)[0] ?? ''

/** Makes of the headings of one text what links within it call them by. */
export function slugs(): (title: string) => string {
  const taken = new Set<string>()
  return (title) => {
    const plain = title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-')
    if (!plain) return ''
    let id = plain
    for (let n = 1; taken.has(id); n++) id = `${plain}-${n}`
    taken.add(id)
    return id
  }
}

function coloured(code: string, parser: Parser): string {
  let html = ''
  highlightCode(
    code,
    parser.parse(code),
    syntax,
    (text, look) => (html += look ? `<span class="${look}">${escape(text)}</span>` : escape(text)),
    () => (html += '\n'),
  )
  return html
}

const escape = (text: string): string =>
  text.replace(/[&<>"]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[sign]!)
