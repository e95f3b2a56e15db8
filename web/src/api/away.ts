import { address, request } from './request'
import type { Away } from './types'

/** What the others did since one was last here, or since a revision. */
export const whileAway = (session: string, since?: string): Promise<Away> =>
  request('GET', address('sessions', session, 'away'), { query: { since } })
