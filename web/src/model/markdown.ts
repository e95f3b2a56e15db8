/**
 * What people write, read as the subset of Markdown that is shown: paragraphs, emphasis, code, links, lists and quotes (CH8). markdown-it
 * tells the parts apart; what comes out is a tree of these few forms and text, with nothing of HTML in it. Loaded when it is first needed.
 */
import MarkdownIt, { type Token } from 'markdown-it'

export type Inline =
  | { type: 'text'; text: string }
  | { type: 'break' }
  | { type: 'code'; text: string }
  | { type: 'emphasis' | 'strong'; children: Inline[] }
  | { type: 'link'; href: string; children: Inline[] }

export type Block =
  | { type: 'paragraph'; children: Inline[] }
  | { type: 'code'; text: string; language: string }
  | { type: 'quote'; children: Block[] }
  | { type: 'list'; start: number | null; items: Block[][] }

/** Beyond this a text is shown as it is (CH9). */
export const LONGEST = 65_536
/** Emphasis within emphasis and quotes within quotes: beyond this they are let by. */
export const DEEPEST = 12
/** How deep the reader itself goes. */
const DEEPEST_READ = 40

const reader = new MarkdownIt('zero', { html: false, linkify: true, breaks: true })
  .enable(['fence', 'blockquote', 'list', 'linkify', 'backticks', 'emphasis', 'link', 'autolink'])
  .enable(['escape', 'newline'])
reader.set({ maxNesting: DEEPEST_READ })
reader.validateLink = isWebAddress
reader.linkify
  .add('ftp:', null)
  .add('mailto:', null)
  .add('//', null)
  .set({ fuzzyLink: false, fuzzyEmail: false, fuzzyIP: false })

/** The text as a tree. Every text has one. */
export function parse(text: string): Block[] {
  if (text.length > LONGEST) return plain(text)
  try {
    const tokens = reader.parse(text, {})
    // The reader leaves out what lies deeper than it goes; a person's words are never left out.
    return tokens.some((token) => token.level >= DEEPEST_READ - 1) ? plain(text) : blocks(tokens)
  } catch {
    return plain(text)
  }
}

/** The text as it is, in one paragraph. */
export function plain(text: string): Block[] {
  return [{ type: 'paragraph', children: [{ type: 'text', text }] }]
}

/** An address of the web, and nothing that a browser would run. */
export function isWebAddress(address: string): boolean {
  if (!/^https?:\/\//i.test(address)) return false
  try {
    return ['http:', 'https:'].includes(new URL(address).protocol)
  } catch {
    return false
  }
}

function blocks(tokens: readonly Token[]): Block[] {
  const found: Block[] = []
  /** Where blocks go, innermost last. */
  const open: Block[][] = [found]
  /** For each list that is open its items; null for one that lies too deep. */
  const lists: (Block[][] | null)[] = []
  const add = (block: Block): unknown => open[open.length - 1]!.push(block)
  for (const token of tokens) {
    switch (token.type) {
      case 'inline':
        add({ type: 'paragraph', children: inlines(token.children ?? []) })
        break
      case 'fence':
        add({ type: 'code', text: token.content.replace(/\n$/, ''), language: language(token.info) })
        break
      case 'blockquote_open': {
        const children: Block[] = []
        if (open.length <= DEEPEST) add({ type: 'quote', children })
        open.push(open.length <= DEEPEST ? children : open[open.length - 1]!)
        break
      }
      case 'bullet_list_open':
      case 'ordered_list_open': {
        const items: Block[][] = []
        const start = token.type === 'ordered_list_open' ? Number(token.attrGet('start') ?? 1) : null
        if (open.length <= DEEPEST) add({ type: 'list', start, items })
        lists.push(open.length <= DEEPEST ? items : null)
        break
      }
      case 'list_item_open': {
        const items = lists[lists.length - 1]
        const item: Block[] = items ? [] : open[open.length - 1]!
        items?.push(item)
        open.push(item)
        break
      }
      case 'bullet_list_close':
      case 'ordered_list_close':
        lists.pop()
        break
      case 'blockquote_close':
      case 'list_item_close':
        open.pop()
        break
    }
  }
  return found
}

function inlines(tokens: readonly Token[]): Inline[] {
  const found: Inline[] = []
  const open: Inline[][] = [found]
  const enter = (form: (children: Inline[]) => Inline): void => {
    const children: Inline[] = []
    if (open.length <= DEEPEST) open[open.length - 1]!.push(form(children))
    open.push(open.length <= DEEPEST ? children : open[open.length - 1]!)
  }
  const say = (text: string): void => {
    const into = open[open.length - 1]!
    const last = into[into.length - 1]
    if (last?.type === 'text') last.text += text
    else if (text) into.push({ type: 'text', text })
  }
  for (const token of tokens) {
    switch (token.type) {
      case 'em_open':
        enter((children) => ({ type: 'emphasis', children }))
        break
      case 'strong_open':
        enter((children) => ({ type: 'strong', children }))
        break
      case 'link_open': {
        const href = String(token.attrGet('href') ?? '')
        if (isWebAddress(href)) enter((children) => ({ type: 'link', href, children }))
        else open.push(open[open.length - 1]!)
        break
      }
      case 'em_close':
      case 'strong_close':
      case 'link_close':
        open.pop()
        break
      case 'softbreak':
      case 'hardbreak':
        open[open.length - 1]!.push({ type: 'break' })
        break
      case 'code_inline':
        open[open.length - 1]!.push({ type: 'code', text: token.content })
        break
      default:
        say(token.content)
    }
  }
  return found
}

/** The first word after the fence. */
function language(info: string): string {
  return info.trim().split(/\s+/u)[0] ?? ''
}
