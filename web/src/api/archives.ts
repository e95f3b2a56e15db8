import { address } from './request'

/** Where the session is as a zip, for a download link. */
export const archiveAddress = (session: string): string => address('sessions', session, 'archive.zip')
