/** What of the history is looked at, as the address of the page says it. */
import type { Author } from '@/api/types'

export interface HistoryFilter {
  /** A file; its renames are followed. */
  path: string | null
  /** Accounts, or addresses of people without one. */
  authors: string[]
  /** From this moment on, and before this one (RFC 3339). */
  since: string | null
  until: string | null
  /** Words of the message. */
  text: string | null
}

export const EVERYTHING: HistoryFilter = { path: null, authors: [], since: null, until: null, text: null }

type Query = Record<string, string | null | undefined | readonly (string | null)[]>

const KEYS = ['path', 'author', 'since', 'until', 'q']
const LONGEST_TEXT = 1000
const MOST_AUTHORS = 50

/** How an address asks for what somebody did. */
export function authorKey(author: Author): string {
  return author.name ?? author.email ?? author.display_name
}

/** What an address asks for; what cannot be is left out. */
export function filterOf(query: Query): HistoryFilter {
  const all = (key: string): string[] => [query[key]].flat().filter((value) => typeof value === 'string')
  const one = (key: string): string | null => all(key)[0] || null
  const moment = (key: string): string | null => {
    const at = new Date(one(key) ?? NaN)
    return Number.isNaN(at.getTime()) ? null : at.toISOString()
  }
  return {
    path: one('path'),
    authors: [...new Set(all('author').filter(Boolean))].slice(0, MOST_AUTHORS),
    since: moment('since'),
    until: moment('until'),
    text: one('q')?.slice(0, LONGEST_TEXT) ?? null,
  }
}

/** The same address asking for something else; what is not of the filter stays. */
export function queryOf(filter: HistoryFilter, query: Query = {}): Record<string, string | string[]> {
  const others = Object.entries(query).filter(([key, value]) => !KEYS.includes(key) && value != null)
  return {
    ...(Object.fromEntries(others) as Record<string, string | string[]>),
    ...(filter.path !== null && { path: filter.path }),
    ...(filter.authors.length > 0 && { author: filter.authors }),
    ...(filter.since !== null && { since: filter.since }),
    ...(filter.until !== null && { until: filter.until }),
    ...(filter.text !== null && { q: filter.text }),
  }
}

export function isEverything(filter: HistoryFilter): boolean {
  return sameFilter(filter, EVERYTHING)
}

export function sameFilter(a: HistoryFilter, b: HistoryFilter): boolean {
  return JSON.stringify(Object.entries(a).sort()) === JSON.stringify(Object.entries(b).sort())
}

/** At most so many of the paths that have all of these words in them; those with one in the name come first. */
export function matching(paths: readonly string[], words: string, most: number): string[] {
  const wanted = words.toLocaleLowerCase().split(/\s+/).filter(Boolean)
  const found: string[] = []
  const named: string[] = []
  for (const path of paths) {
    const folded = path.toLocaleLowerCase()
    if (!wanted.every((word) => folded.includes(word))) continue
    const name = folded.slice(folded.lastIndexOf('/') + 1)
    ;(wanted.length && wanted.some((word) => name.includes(word)) ? named : found).push(path)
    if (named.length === most) break
  }
  return [...named, ...found].slice(0, most)
}
