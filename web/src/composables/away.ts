/** What happened while one was away: asked for on every return, shown after a longer one (PR5). */
import { onScopeDispose, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import { whileAway } from '@/api/away'
import type { Away } from '@/api/types'
import { announce } from '@/composables/announce'
import type { Colors } from '@/composables/colors'
import type { Live } from '@/composables/live'
import type { Marks } from '@/composables/marks'
import { texts } from '@/texts'

/** After a shorter absence nothing is shown but the marks of what was changed. */
export const AWAY_AFTER = 5 * 60_000

export interface News extends Away {
  /** Since when one was away. */
  from: Date
}

export interface WhileAway {
  news: Readonly<ShallowRef<News | null>>
  dismiss(): void
}

export function useAway(
  session: string,
  live: Live,
  attention: Readonly<Ref<number | null>>,
  marks: Marks,
  colors: Colors,
): WhileAway {
  const news = shallowRef<News | null>(null)
  /** The newest revision that was heard of. */
  let heard: string | null = null
  let before: { revision: string | null; at: number } | null = null
  let welcomed = false

  onScopeDispose(
    live.client.on('welcome', ({ revision, people, client }) => {
      const known = heard
      const gap = live.awaySince.value
      heard = revision ?? null
      if (welcomed) {
        if (known !== null && gap) void ask(gap.getTime(), known)
        return
      }
      welcomed = true
      // Who is awake elsewhere, in another tab, was not away.
      const awake = people.some(
        (one) => one.client !== client && one.name === live.client.account && one.idle === undefined,
      )
      if (!awake) void ask(null)
    }),
  )
  onScopeDispose(live.client.on('revision', ({ id }) => (heard = id)))

  // The page was there all the time, but nobody looked at it.
  watch(attention, (idleSince) => {
    if (idleSince !== null) before ??= { revision: heard, at: idleSince }
    else if (before) {
      const { revision, at } = before
      before = null
      if (revision !== null && revision !== heard && Date.now() - at >= AWAY_AFTER) void ask(at, revision)
    }
  })

  /** `at` null: the server knows when one was last there, and at which revision. */
  async function ask(at: number | null, revision?: string): Promise<void> {
    let away: Away
    try {
      away = await whileAway(session, revision)
    } catch {
      return // It is a courtesy: the history has all of it.
    }
    if (!away.people.length) return
    for (const { author, files } of away.people) {
      const color = colors.of(author)
      const there = new Set(live.files.value.map(({ path }) => path))
      for (const { path } of files) {
        if (there.has(path))
          marks.changed(path, { name: author.name, display_name: author.display_name, color })
      }
    }
    const from = new Date(at ?? away.since ?? Date.now())
    if (Date.now() - from.getTime() < AWAY_AFTER) return
    news.value = { ...away, from }
    const files = new Set(away.people.flatMap(({ files }) => files.map(({ path }) => path)))
    announce(texts.presence.awayNews(away.people.length, files.size))
  }

  return { news, dismiss: () => (news.value = null) }
}
