/** The comments of a session as its pages hold them: the threads that were asked for, kept up to date by what the server tells. */
import {
  computed,
  inject,
  onScopeDispose,
  provide,
  ref,
  shallowReactive,
  type ComputedRef,
  type InjectionKey,
  type Ref,
} from 'vue'
import {
  answerThread,
  beginThread,
  commentThread,
  deleteComment,
  editComment,
  listComments,
  readMentions,
  resolveThread,
  type CommentQuery,
  type Said,
  type Subject,
} from '@/api/comments'
import { ApiError } from '@/api/request'
import { announce } from '@/composables/announce'
import type { Live } from '@/composables/live'
import { me } from '@/composables/me'
import { addWaiting } from '@/composables/title'
import { threadsOf, withComment, type Thread } from '@/model/threads'
import { texts } from '@/texts'
import type { CommentBody } from '@/wire/messages'

export interface Comments {
  /** Those that were asked for, by their ids. */
  threads: ReadonlyMap<string, Thread>
  /** How many threads of the session are not resolved. */
  open: Readonly<Ref<number>>
  /** How many comments mention me that I have not read. */
  unread: Readonly<Ref<number>>
  mayComment: ComputedRef<boolean>
  /** The thread that is to be shown in the text as soon as its file is there. */
  wanted: Ref<string | null>
  /** A page of the list; gives the ids of its threads, and where the next page begins. */
  page(query: CommentQuery): Promise<{ ids: string[]; next: string | null }>
  /** A thread, asked for if it is not held; null if there is none. Raises `ApiError`. */
  load(id: string): Promise<Thread | null>
  /** `key`: sent again with it, it is made once. */
  begin(text: string, subject: Subject, key: string): Promise<Said>
  answer(thread: string, text: string, key: string): Promise<Said>
  edit(id: string, text: string): Promise<void>
  resolve(id: string, resolved: boolean): Promise<void>
  remove(comment: Said): Promise<void>
  /** They were looked at. */
  read(ids?: readonly string[]): void
  /** Calls back with each thread that was begun since. */
  onBegun(handler: (thread: Thread) => void): () => void
}

const KEY: InjectionKey<Comments> = Symbol('comments')
const PAUSE = 300
/** What was said this long ago is news. */
const FRESH = 30_000

export function useComments(): Comments {
  const comments = inject(KEY)
  if (!comments) throw new Error('This part belongs into the page of a session.')
  return comments
}

export function provideComments(session: string, live: Live): Comments {
  const threads = shallowReactive(new Map<string, Thread>())
  const open = ref(0)
  const unread = ref(0)
  /** Held from before the connection broke. */
  const stale = new Set<string>()
  /** For each answer that is on its way: what was told since it was asked for. */
  const asking = new Set<Said[]>()
  const begun = new Set<(thread: Thread) => void>()
  let timer: ReturnType<typeof setTimeout> | undefined

  const mayComment = computed(
    () =>
      !live.shut.value && !live.archived.value && live.role.value !== null && live.role.value !== 'viewer',
  )

  function count(): void {
    clearTimeout(timer)
    timer = setTimeout(() => page({ limit: 1 }).catch(() => undefined), PAUSE)
  }

  async function page(query: CommentQuery): Promise<{ ids: string[]; next: string | null }> {
    const found = await withMeanwhile(listComments(session, query))
    open.value = found.open
    unread.value = found.unread
    return { ids: threadsOf(found.comments).map(({ id }) => id), next: found.next }
  }

  /** Holds what an answer says, but for what was told while it was on its way. */
  async function withMeanwhile<A extends { comments: Said[] }>(answer: Promise<A>): Promise<A> {
    const meanwhile: Said[] = []
    asking.add(meanwhile)
    try {
      const found = await answer
      for (const thread of threadsOf(found.comments)) {
        stale.delete(thread.id)
        const now = meanwhile
          .filter((comment) => comment.thread === thread.id)
          .reduce<Thread | null>((held, comment) => held && withComment(held, comment), thread)
        if (now) threads.set(now.id, now)
      }
      return found
    } finally {
      asking.delete(meanwhile)
    }
  }

  async function load(id: string): Promise<Thread | null> {
    return (stale.has(id) ? undefined : threads.get(id)) ?? fetchThread(id)
  }

  async function fetchThread(id: string): Promise<Thread | null> {
    try {
      await withMeanwhile(commentThread(session, id))
      return threads.get(id) ?? null
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 404) throw error
      forget(id)
      return null
    }
  }

  function forget(id: string): void {
    threads.delete(id)
    for (const document of live.client.documents.values()) document.forget(id)
  }

  /** Takes in a comment as it is now. */
  function take(comment: Said): void {
    for (const meanwhile of asking) meanwhile.push(comment)
    const { thread: id } = comment
    const thread = threads.get(id)
    if (thread) {
      const now = withComment(thread, comment)
      if (now) threads.set(id, now)
      else forget(id)
    } else if (comment.deleted) {
      // Only whoever has the whole thread knows whether anything is left of it.
      fetchThread(id).catch(() => undefined)
    } else if (comment.id === id) {
      threads.set(id, { id, root: comment, replies: [] })
    }
    count()
  }

  function hear(comment: CommentBody): void {
    const name = me.value?.name
    const thread = threads.get(comment.thread)
    const before = thread && [thread.root, ...thread.replies].find(({ id }) => id === comment.id)
    const fresh = !before && !comment.edited_at && !comment.deleted
    const isNew = fresh && Date.now() - Date.parse(comment.at) < FRESH
    const mine = comment.author.name === name
    const named = name !== undefined && !mine && comment.mentions.includes(name)
    const news = named && (isNew || (before !== undefined && !before.mentions.includes(name)))
    const outdated = thread && !thread.root.outdated && comment.outdated
    const settled = thread && thread.root.resolved !== comment.resolved
    take(news ? { ...comment, unread: true } : comment)
    const begins = comment.id === comment.thread
    if (isNew && begins) {
      const made = threads.get(comment.thread)
      if (made) for (const handler of [...begun]) handler(made)
    }
    const who = comment.author.display_name
    const where = texts.comments.place(comment.path, comment.range)
    if (isNew && !mine) {
      const say = named ? texts.comments.saidToYou : begins ? texts.comments.said : texts.comments.replied
      announce(say(who, where, comment.text))
    } else if (settled && comment.id === comment.thread) {
      announce(comment.resolved ? texts.comments.wasResolved(where) : texts.comments.wasReopened(where))
    } else if (outdated) {
      announce(texts.comments.becameOutdated(who))
    }
  }

  onScopeDispose(live.client.on('comment', hear))
  onScopeDispose(
    live.client.on('welcome', () => {
      // What was said while the connection was away.
      for (const id of threads.keys()) stale.add(id)
      count()
    }),
  )
  onScopeDispose(() => clearTimeout(timer))
  addWaiting(unread)

  const comments: Comments = {
    threads,
    open,
    unread,
    mayComment,
    wanted: ref(null),
    page,
    load,
    async begin(text, subject, key) {
      const made = await beginThread(session, text, subject, key)
      take(made)
      return made
    },
    async answer(thread, text, key) {
      const made = await answerThread(session, text, thread, key)
      take(made)
      return made
    },
    async edit(id, text) {
      take(await editComment(session, id, text))
    },
    async resolve(id, resolved) {
      take(await resolveThread(session, id, resolved))
    },
    async remove(comment) {
      await deleteComment(session, comment.id)
      take({ ...comment, text: '', mentions: [], deleted: true })
    },
    read(ids) {
      for (const thread of [...threads.values()]) {
        for (const comment of [thread.root, ...thread.replies]) {
          if (!comment.unread || (ids && !ids.includes(comment.id))) continue
          const now = withComment(threads.get(thread.id)!, { ...comment, unread: false })
          if (now) threads.set(thread.id, now)
        }
      }
      readMentions(session, ids)
        .then((left) => (unread.value = left.unread))
        .catch(() => undefined)
    },
    onBegun(handler) {
      begun.add(handler)
      return () => begun.delete(handler)
    },
  }
  provide(KEY, comments)
  return comments
}
