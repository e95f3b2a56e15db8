/** The documents of `docs/`, as they are there: they come with the pages, so that they are at hand without the internet. Loaded with the page of the help. */
const found = import.meta.glob<string>('../../../docs/**/*.md', {
  query: '?raw',
  import: 'default',
  eager: true,
})

const pictures = import.meta.glob<string>('../../../docs/**/*.{png,svg}', {
  query: '?url',
  import: 'default',
  eager: true,
})

export interface HelpDocument {
  /** Its path below `docs/` without `.md`, which is its address below `/help/`. The table of contents has none. */
  name: string
  title: string
  /** Markdown, without the title. */
  text: string
}

export interface HelpGroup {
  title: string
  /** In the order of the table of contents. */
  documents: HelpDocument[]
}

const ROOT = '../../../docs/'
const CONTENTS = 'README'

/** By name. */
export const documents: ReadonlyMap<string, HelpDocument> = new Map(
  Object.entries(found).map(([path, source]) => {
    const name = nameOf(path.slice(ROOT.length, -'.md'.length))
    const [, title = name, text = source] = /^# (.*)\n([^]*)$/.exec(source) ?? []
    return [name, { name, title, text }]
  }),
)

/** What the table of contents lists, group by group. */
export const groups: readonly HelpGroup[] = listed()

function listed(): HelpGroup[] {
  const made: HelpGroup[] = []
  const taken = new Set<string>()
  for (const line of documents.get('')!.text.split('\n')) {
    const title = /^\*\*(.*)\*\*$/.exec(line)?.[1]
    if (title) made.push({ title, documents: [] })
    if (!line.startsWith('-') && !line.startsWith('  ')) continue
    for (const [, link] of line.matchAll(/\]\(([^)#]+)\)/g)) {
      const document = documents.get(nameAt(link!, '') ?? '-')
      if (!document || taken.has(document.name)) continue
      taken.add(document.name)
      made.at(-1)?.documents.push(document)
    }
  }
  return made
}

/** Where a link of a document leads: to an address of the help, elsewhere as it is, or nowhere, as to a file that does not come with the pages. */
export function addressOf(link: string, from: string): string | null {
  if (/^[a-z]+:/i.test(link)) return link
  const [path = '', anchor] = link.split('#')
  const behind = anchor ? `#${anchor}` : ''
  if (!path) return `${helpAddress(from)}${behind}`
  const name = nameAt(path, from)
  return name === null || !documents.has(name) ? null : `${helpAddress(name)}${behind}`
}

/** Where a picture that a document shows is served; null for one that does not come with the pages. */
export function pictureOf(source: string, from: string): string | null {
  return pictures[ROOT + pathAt(source, from)] ?? null
}

export const helpAddress = (name: string): string => (name ? `/help/${name}` : '/help')

/** The document at a path that another one names; null for what is no document. */
function nameAt(path: string, from: string): string | null {
  const whole = pathAt(path, from)
  return whole?.endsWith('.md') ? nameOf(whole.slice(0, -'.md'.length)) : null
}

/** A path that a document names, from `docs/` on; null outside of it. */
function pathAt(path: string, from: string): string | null {
  const folder = from
    .split('/')
    .slice(0, -1)
    .map((part) => `${part}/`)
  const { pathname } = new URL(path, `http://docs/in/${folder.join('')}`)
  return pathname.startsWith('/in/') ? pathname.slice('/in/'.length) : null
}

/** A folder's own document is at the folder's address. */
function nameOf(path: string): string {
  return path === CONTENTS ? '' : path.replace(new RegExp(`/${CONTENTS}$`), '')
}
