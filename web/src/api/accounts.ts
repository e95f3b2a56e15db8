import { address, request } from './request'
import type { Me, Token, TokenScope } from './types'

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
