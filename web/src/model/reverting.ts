import type { FileDiff, RevertPlace, Undone } from '@/api/types'
import type { Hunk } from '@/model/diff'

/** The lines of a hunk in the file as the revision left it; where it only takes lines away the place between two. */
export function rangeOf(hunk: Pick<Hunk, 'newStart' | 'newLines'>): NonNullable<Undone['range']> {
  const start_line = hunk.newLines ? hunk.newStart : hunk.newStart + 1
  return { start_line, end_line: start_line + hunk.newLines - 1 }
}

/** Whether single places of a file's change can be undone: a file that came or went is only undone whole. */
export function hasPlaces(file: Pick<FileDiff, 'status' | 'binary'>): boolean {
  return !file.binary && (file.status === 'changed' || file.status === 'renamed')
}

/** The places in a refusal, or null if it has none. */
export function placesOf(details: Readonly<Record<string, unknown>>): RevertPlace[] | null {
  const { places } = details
  return Array.isArray(places) && places.length ? (places as RevertPlace[]) : null
}
