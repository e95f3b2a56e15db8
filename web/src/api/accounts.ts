import { address, request } from './request'
import type { Login, Me, Token, TokenScope } from './types'

export interface NewAccount {
  name: string
  password: string
  display_name?: string
  setup?: string
  /** The token or code of an invite; its seat is taken with the account. */
  invite?: string
}

export const logIn = (name: string, password: string): Promise<Me> =>
  request('POST', address('login'), { json: { name, password } })

export const createAccount = (account: NewAccount): Promise<Me> =>
  request('POST', address('accounts'), { json: account })

export const logOut = (): Promise<void> => request('POST', address('logout'))

export const whoAmI = (): Promise<Me> => request('GET', address('me'))

export const changeMe = (change: { display_name?: string; color?: number }): Promise<Me> =>
  request('PATCH', address('me'), { json: change })

/** All other logins end with it. */
export const changePassword = (current_password: string, password: string): Promise<Me> =>
  request('PATCH', address('me'), { json: { current_password, password } })

export const listLogins = (): Promise<{ logins: Login[] }> => request('GET', address('logins'))

export const endLogin = (id: string): Promise<void> => request('DELETE', address('logins', id))

export const endOtherLogins = (): Promise<void> => request('DELETE', address('logins'))

export const listTokens = (): Promise<{ tokens: Token[] }> => request('GET', address('tokens'))

/** The token itself is in this answer and never again. */
export const createToken = (
  label: string,
  scope: TokenScope,
  expires_days?: number,
): Promise<{ id: Token['id']; token: string }> =>
  request('POST', address('tokens'), { json: { label, scope, ...(expires_days ? { expires_days } : {}) } })

export const deleteToken = (id: Token['id']): Promise<void> =>
  request('DELETE', address('tokens', String(id)))

/** By the one-time link that an admin hands over. */
export const resetPassword = (token: string, password: string): Promise<{ name: string }> =>
  request('POST', address('reset'), { json: { token, password } })

/** Who may make an account: everybody, who has an invite, nobody. */
export const getRegistration = async (): Promise<'open' | 'invite' | 'closed'> =>
  (await request<{ registration: 'open' | 'invite' | 'closed' }>('GET', address('registration'))).registration
