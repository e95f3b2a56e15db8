/** The chat of a session. */
import { address, request } from './request'
import type { ChatFound, ChatMessage, ChatPage, ChatRead } from './types'

/** Where a page lies: at the end, before or after a message, or on both sides of one. */
export type Place = { before: number } | { after: number } | { around: number } | null

export const chatPage = (session: string, place: Place, limit = 50): Promise<ChatPage> =>
  request('GET', address('sessions', session, 'chat'), { query: { ...place, limit } })

export const searchChat = (
  session: string,
  q: string,
  before: number | null,
  signal?: AbortSignal,
): Promise<ChatFound> =>
  request('GET', address('sessions', session, 'chat'), { query: { q, before, limit: 50 }, signal })

/** `key` is the sender's own: sent again, the message is kept once. */
export const postChat = (session: string, text: string, key: string): Promise<ChatMessage> =>
  request('POST', address('sessions', session, 'chat'), { json: { text, key } })

export const editChat = (session: string, id: number, text: string): Promise<ChatMessage> =>
  request('PATCH', address('sessions', session, 'chat', String(id)), { json: { text } })

export const deleteChat = (session: string, id: number): Promise<void> =>
  request('DELETE', address('sessions', session, 'chat', String(id)))

export const chatRead = (session: string): Promise<ChatRead> =>
  request('GET', address('sessions', session, 'chat', 'read'))

export const markChatRead = (session: string, id: number): Promise<ChatRead> =>
  request('POST', address('sessions', session, 'chat', 'read'), { json: { id } })
