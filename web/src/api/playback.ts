import { address, request } from './request'
import type { PlaybackAbout, PlaybackEvent, PlaybackRevision, PlaybackSteps, PlaybackUpdates } from './types'

/** What is played: a document by its id, or a file by its path. */
export type Playable = { doc: number } | { path: string }

const ask = <T>(
  session: string,
  what: string[],
  query: Record<string, string | number | null | undefined>,
  signal?: AbortSignal,
): Promise<T> => request('GET', address('sessions', session, 'playback', ...what), { query, signal })

export const getPlayback = (session: string, file: Playable, signal?: AbortSignal): Promise<PlaybackAbout> =>
  ask(session, [], { ...file }, signal)

/** The updates that follow a version. */
export const playbackUpdates = (
  session: string,
  doc: number,
  after: number,
  signal?: AbortSignal,
): Promise<PlaybackUpdates> => ask(session, ['updates'], { doc, after }, signal)

/** The text of the newest revision at or before a version. */
export const playbackText = (
  session: string,
  doc: number,
  version: number,
  signal?: AbortSignal,
): Promise<{ version: number; text: string }> => ask(session, ['text'], { doc, version }, signal)

export const playbackSteps = (
  session: string,
  file: Playable,
  span: { before: string | null; after?: string | null },
  signal?: AbortSignal,
): Promise<PlaybackSteps> => ask(session, ['steps'], { ...file, ...span }, signal)

export const playbackRevisions = (
  session: string,
  file: Playable,
  before: string | null,
  signal?: AbortSignal,
): Promise<{ revisions: PlaybackRevision[]; next: string | null }> =>
  ask(session, ['revisions'], { ...file, before, limit: 200 }, signal)

export const playbackEvents = (
  session: string,
  file: Playable,
  span: { since: string | null; after: string | null },
  signal?: AbortSignal,
): Promise<{ events: PlaybackEvent[]; next: string | null }> =>
  ask(session, ['events'], { ...file, ...span, limit: 200 }, signal)
