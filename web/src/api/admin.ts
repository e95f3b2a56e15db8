/** What admins look after. */
import { address, request } from './request'
import type { Visibility } from './types'

export type Registration = 'open' | 'invite' | 'closed'

export interface ServerState {
  registration: Registration
  registration_default: Registration
  accounts: number
  sessions: number
  bytes: number
}

export interface AdminAccount {
  name: string
  display_name: string
  color: number
  admin: boolean
  disabled: boolean
  created_at: string
  last_seen_at: string | null
}

export interface AdminSession {
  id: string
  title: string
  visibility: Visibility
  archived: boolean
  created_at: string
  active_at: string
  members: number
  owners: string[]
  bytes: number
}

export interface AuditEntry {
  id: number
  at: string
  /** Null: the server's own command line. */
  actor: string | null
  action: string
  session: { id: string; title: string } | null
  target: string | null
  detail: string | null
}

export const getServer = (): Promise<ServerState> => request('GET', address('admin', 'server'))

export const setRegistration = (registration: Registration): Promise<ServerState> =>
  request('PATCH', address('admin', 'server'), { json: { registration } })

export const listAccounts = (
  q: string,
  after: string | null = null,
): Promise<{ accounts: AdminAccount[]; next: string | null }> =>
  request('GET', address('admin', 'accounts'), { query: { q, after } })

export const changeAccount = (
  name: string,
  change: { disabled?: boolean; admin?: boolean },
): Promise<AdminAccount> => request('PATCH', address('admin', 'accounts', name), { json: change })

export const makeReset = (name: string): Promise<{ url: string; expires_at: string }> =>
  request('POST', address('admin', 'accounts', name, 'reset'))

export const listAllSessions = (
  after: number | null = null,
): Promise<{ sessions: AdminSession[]; next: number | null }> =>
  request('GET', address('admin', 'sessions'), { query: { after } })

export const auditPage = (
  before: number | null = null,
): Promise<{ entries: AuditEntry[]; next: number | null }> =>
  request('GET', address('admin', 'audit'), { query: { before } })
