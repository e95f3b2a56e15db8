import { address, request } from './request'
import type { Invite, InviteOffer, NewInvite, Role } from './types'

export const listInvites = (session: string): Promise<{ invites: Invite[] }> =>
  request('GET', address('sessions', session, 'invites'))

/** The link, its QR code and its short code are in this answer and never again. */
export const createInvite = (
  session: string,
  role: Role,
  expires_hours: number | null,
  max_uses: number | null,
): Promise<NewInvite> =>
  request('POST', address('sessions', session, 'invites'), { json: { role, expires_hours, max_uses } })

export const endInvite = (session: string, id: Invite['id']): Promise<void> =>
  request('DELETE', address('sessions', session, 'invites', String(id)))

/** What an invite is for; by its token or its code, also without a login. */
export const lookAtInvite = (invite: string): Promise<InviteOffer> =>
  request('POST', address('invites'), { json: { invite } })

export const acceptInvite = (invite: string): Promise<{ id: string; title: string; role: Role }> =>
  request('POST', address('invites', invite, 'accept'))
