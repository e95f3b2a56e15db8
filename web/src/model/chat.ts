/** A stretch of the chat as it is held in the page: with both ends open, and never longer than one can scroll through. */
import type { ChatMessage, ChatPage } from '@/api/types'

export interface Stretch {
  /** In their order, newest last. */
  messages: readonly ChatMessage[]
  /** The `before` of what is in front of it, the `after` of what is behind; null where there is nothing. */
  older: number | null
  newer: number | null
}

/** More than this is let go of at the end that one is going away from. */
export const MOST = 300

export const NOTHING: Stretch = { messages: [], older: null, newer: null }

export const ofPage = ({ messages, next, newer }: ChatPage): Stretch => ({ messages, older: next, newer })

/** With the page in front of it. */
export function withOlder(held: Stretch, page: ChatPage): Stretch {
  const messages = merged(page.messages, held.messages)
  const kept = messages.slice(0, MOST)
  const newer = kept.length < messages.length ? kept[kept.length - 1]!.id : held.newer
  return { messages: kept, older: page.next, newer }
}

/** With the page behind it. */
export function withNewer(held: Stretch, page: ChatPage): Stretch {
  return { ...cutInFront(merged(held.messages, page.messages), held.older), newer: page.newer }
}

/** With a message that was just said; one is not taken in where the end is not held. */
export function withSaid(held: Stretch, message: ChatMessage): Stretch {
  if (held.newer !== null) return held
  return { ...cutInFront(merged(held.messages, [message]), held.older), newer: null }
}

/** With a message as it is now. */
export function withChanged(held: Stretch, message: ChatMessage): Stretch {
  if (!held.messages.some(({ id }) => id === message.id)) return held
  return { ...held, messages: held.messages.map((one) => (one.id === message.id ? message : one)) }
}

function cutInFront(messages: ChatMessage[], older: number | null): Omit<Stretch, 'newer'> {
  const kept = messages.slice(-MOST)
  return { messages: kept, older: kept.length < messages.length ? kept[0]!.id : older }
}

function merged(...lists: (readonly ChatMessage[])[]): ChatMessage[] {
  const byId = new Map(lists.flat().map((message) => [message.id, message]))
  return [...byId.values()].sort((a, b) => a.id - b.id)
}

/** About as many signs as fit into a line of the panel, and lines that a message may have before it is folded. */
const LINE = 45
const LINES = 16

/** Whether a message is so long that it would push the others out of sight. */
export function isLong(text: string): boolean {
  const lines = text.split('\n').reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / LINE)), 0)
  return lines > LINES
}
