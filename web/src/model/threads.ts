/** Comments as they belong together: the first one of a thread with what was answered. */
import type { Said } from '@/api/comments'

export interface Thread {
  readonly id: string
  /** The first one; where the thread is and whether it is resolved. */
  readonly root: Said
  readonly replies: readonly Said[]
}

export type Filter = 'open' | 'mine' | 'file' | 'resolved'

/** The threads of a page, in its order. */
export function threadsOf(comments: readonly Said[]): Thread[] {
  const found = new Map<string, { id: string; root: Said; replies: Said[] }>()
  for (const comment of comments) {
    if (comment.id === comment.thread) found.set(comment.id, { id: comment.id, root: comment, replies: [] })
    else found.get(comment.thread)?.replies.push(comment)
  }
  return [...found.values()]
}

/** With a comment as it is now; a reply tells of the place and the state of its thread too. Null: nothing is left to be read. */
export function withComment(thread: Thread, comment: Said): Thread | null {
  const known = [thread.root, ...thread.replies].find(({ id }) => id === comment.id)
  const now = known?.unread && !('unread' in comment) ? { ...comment, unread: true } : comment
  let { root, replies } = thread
  if (now.id === thread.id) {
    root = now
  } else {
    const { path, range, anchor, resolved, outdated } = now
    root = { ...root, path, range, anchor, resolved, outdated }
    replies = known
      ? replies.map((one) => (one.id === now.id ? now : one))
      : [...replies, now].sort((a, b) => a.at.localeCompare(b.at))
  }
  replies = replies.filter(({ deleted }) => !deleted)
  return root.deleted && replies.length === 0 ? null : { id: thread.id, root, replies }
}

export const commentsOf = ({ root, replies }: Thread): readonly Said[] => [root, ...replies]

export const unreadOf = (thread: Thread): string[] =>
  commentsOf(thread).flatMap(({ id, unread }) => (unread ? [id] : []))

/** Whether a thread belongs to what is asked for; `path` is the file that is looked at. */
export function matches(thread: Thread, filter: Filter, name: string, path: string | null): boolean {
  switch (filter) {
    case 'open':
      return !thread.root.resolved
    case 'resolved':
      return thread.root.resolved
    case 'file':
      return thread.root.path === path
    case 'mine':
      return commentsOf(thread).some(
        ({ author, mentions, deleted }) => !deleted && (author.name === name || mentions.includes(name)),
      )
  }
}

/** In groups by their file; the files in the order in which they first come. */
export function byFile(threads: readonly Thread[]): { path: string | null; threads: Thread[] }[] {
  const groups = new Map<string | null, Thread[]>()
  for (const thread of threads) {
    const group = groups.get(thread.root.path)
    if (group) group.push(thread)
    else groups.set(thread.root.path, [thread])
  }
  return [...groups].map(([path, threads]) => ({ path, threads }))
}
