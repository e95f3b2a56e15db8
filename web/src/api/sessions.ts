import { address, request } from './request'
import type { ListedSession, Member, Role, Session, Visibility } from './types'

export const listSessions = (): Promise<{ sessions: ListedSession[] }> => request('GET', address('sessions'))

export const createSession = (
  title: string,
  visibility: Visibility,
  begin: 'empty' | 'sample' = 'empty',
): Promise<Session> => request('POST', address('sessions'), { json: { title, visibility, begin } })

export const getSession = (id: string): Promise<Session> => request('GET', address('sessions', id))

export interface SessionChange {
  title?: string
  visibility?: Visibility
  lan_role?: 'viewer' | 'editor'
  archived?: boolean
}

export const changeSession = (id: string, change: SessionChange): Promise<Session> =>
  request('PATCH', address('sessions', id), { json: change })

export const deleteSession = (id: string): Promise<void> => request('DELETE', address('sessions', id))

export const leaveSession = (id: string): Promise<void> => request('POST', address('sessions', id, 'leave'))

export const listMembers = (id: string): Promise<{ members: Member[] }> =>
  request('GET', address('sessions', id, 'members'))

export const setMember = (id: string, name: string, role: Role): Promise<Member> =>
  request('PUT', address('sessions', id, 'members', name), { json: { role } })

export const removeMember = (id: string, name: string): Promise<void> =>
  request('DELETE', address('sessions', id, 'members', name))
