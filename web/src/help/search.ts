/** Search in the documents: the sections that have every word, the ones that have it in their heading first. */
import { documents, groups, helpAddress, type HelpDocument } from '@/help/documents'
import { slugs } from '@/preview/markdown'
import { around, type ExcerptPiece } from '@/model/excerpt'

export interface HelpHit {
  document: HelpDocument
  /** Empty for what is above a document's first heading. */
  heading: string
  address: string
  excerpt: ExcerptPiece[]
}

interface Section {
  document: HelpDocument
  heading: string
  anchor: string
  text: string
}

const MOST = 30

let cut: Section[] | null = null

/** At most 30. */
export function searchHelp(query: string): HelpHit[] {
  const words = query.toLowerCase().split(/\s+/u).filter(Boolean)
  if (!words.length) return []
  cut ??= inOrder().flatMap(sections)
  const weigh = ({ document, heading, text }: Section): number => {
    const title = `${document.title} ${heading}`.toLowerCase()
    if (words.every((word) => title.includes(word))) return 2
    const whole = `${title} ${text.toLowerCase()}`
    return words.every((word) => whole.includes(word)) ? 1 : 0
  }
  return cut
    .map((section) => ({ section, weight: weigh(section) }))
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight) // stable: what is equal stays in the order of the table of contents
    .slice(0, MOST)
    .map(({ section: { document, heading, anchor, text } }) => ({
      document,
      heading,
      address: helpAddress(document.name) + (anchor && `#${anchor}`),
      excerpt: around(text, words),
    }))
}

/** What the table of contents lists, then the rest. */
function inOrder(): HelpDocument[] {
  const listed = groups.flatMap((group) => group.documents)
  const rest = [...documents.values()].filter(({ name }) => name && listed.every((one) => one.name !== name))
  return [...listed, ...rest]
}

function sections(document: HelpDocument): Section[] {
  const slug = slugs()
  const made: Section[] = [{ document, heading: '', anchor: '', text: '' }]
  let fenced = false
  for (const line of document.text.split('\n')) {
    if (line.startsWith('```')) fenced = !fenced
    const heading = fenced ? undefined : /^#{1,6} (.*)$/.exec(line)?.[1]
    if (heading === undefined) made.at(-1)!.text += `${plain(line, fenced)} `
    else
      made.push({ document, heading: plain(heading, false), anchor: slug(plain(heading, false)), text: '' })
  }
  return made
}

/** Without the marks of Markdown. */
function plain(line: string, fenced: boolean): string {
  if (line.startsWith('```') || /^\|[\s:|-]+\|$/.test(line)) return ''
  if (fenced) return line
  return line
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/[`*]+/g, '')
    .replace(/^\s*(?:[-|>]|\d+\.)\s*/, '')
    .replace(/\s*\|\s*/g, ' · ')
}
