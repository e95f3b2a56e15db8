import { address, request } from './request'

/** A place where a push and other edits met has been looked at: nobody is told of it any more. */
export const settleConflict = (session: string, id: string): Promise<void> =>
  request('DELETE', address('sessions', session, 'conflicts', id))
