import { ApiError, request } from './request'

/** By what the server's own certificate authority is known. */
export interface Authority {
  /** SHA-256, as systems show it. */
  fingerprint: string
}

/** Where its certificate is to be downloaded; of a type that makes systems offer to import it. */
export const AUTHORITY_FILE = '/ca.crt'

/** The server's own authority; null if it has none. */
export async function ownAuthority(): Promise<Authority | null> {
  try {
    return await request<Authority>('GET', '/api/certificate')
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null
    throw error
  }
}
