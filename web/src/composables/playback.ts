/** Plays a file's life: what is there of it, where one is, and the clock. */
import { computed, onScopeDispose, ref, shallowRef, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import {
  getPlayback,
  playbackEvents,
  playbackRevisions,
  playbackSteps,
  playbackText,
  playbackUpdates,
  type Playable,
} from '@/api/playback'
import { ApiError } from '@/api/request'
import type { PlaybackAbout, PlaybackEvent, PlaybackRevision, PlaybackSteps } from '@/api/types'
import type { Colors } from '@/composables/colors'
import { sentence } from '@/composables/toasts'
import type { Replay, Stroke } from '@/editor/replay'
import {
  eventMarks,
  Film,
  keptOf,
  lifeOf,
  momentAt,
  nextRevision,
  pauseBefore,
  placeAt,
  placeOf,
  reelAt,
  revisionMarks,
  type At,
  type Kept,
  type Life,
  type Mark,
  type Step,
} from '@/model/playback'
import { pageTexts } from '@/texts/pages'

export const SPEEDS = [0.5, 1, 2, 4, 8, 16, 32, 64] as const

/** Farther than this from what is known, a revision's text is asked for. */
const FAR = 8_000
/** So many keystrokes are there before they are played. */
const AHEAD = 2_000
/** What is tinted at a place that one jumps to. */
const RECENT = 60
/** More than this in one frame is a jump. */
const FRAME = 500
const PAGES = 25
/** A step from revision to revision counts for so many keystrokes. */
const WEIGHT = 80

export interface Player {
  about: Readonly<ShallowRef<PlaybackAbout | null>>
  life: Readonly<ShallowRef<Life>>
  /** With which keystrokes begin; null: there are none. */
  start: ComputedRef<Kept['start'] | null>
  /** Counts what came in: the strip and the first place may be others. */
  film: Readonly<ShallowRef<Film | null>>
  first: Readonly<Ref<number>>
  place: Readonly<Ref<number>>
  playing: Readonly<Ref<boolean>>
  speed: Ref<number>
  skipping: Ref<boolean>
  following: Ref<boolean>
  /** From 0 to 1 while keystrokes are on their way; null: nothing is. */
  progress: Readonly<Ref<number | null>>
  trouble: Readonly<Ref<string>>
  missing: Readonly<Ref<boolean>>
  /** Whether there are revisions before those that are known. */
  earlier: Readonly<Ref<boolean>>
  revisions: Readonly<ShallowRef<readonly PlaybackRevision[]>>
  events: Readonly<ShallowRef<readonly PlaybackEvent[]>>
  marks: ComputedRef<readonly Mark[]>
  /** The step that led here. */
  last: ComputedRef<Step | undefined>
  /** Milliseconds; null before everything. */
  moment: ComputedRef<number | null>
  load(at: At | null): Promise<void>
  loadEarlier(): Promise<void>
  seek(place: number): Promise<void>
  /** So many steps on, or back. */
  step(by: number): Promise<void>
  seekMoment(at: number): Promise<void>
  nextRevision(direction: 1 | -1): void
  toggle(): void
  pause(): void
  stage(replay: Replay | null): void
}

const stepOf = ({ at, author, changes, revision }: PlaybackSteps['steps'][number]): Step => ({
  at: Date.parse(at),
  by: author,
  changes,
  revision,
})

export function usePlayer(session: string, file: Playable, colors: Colors): Player {
  const about = shallowRef<PlaybackAbout | null>(null)
  const film = shallowRef<Film | null>(null)
  const first = ref(0)
  const place = ref(0)
  const playing = ref(false)
  const speed = ref(1)
  const skipping = ref(true)
  const following = ref(true)
  const progress = ref<number | null>(null)
  const trouble = ref('')
  const missing = ref(false)
  const earlier = ref(false)
  const revisions = shallowRef<readonly PlaybackRevision[]>([])
  const events = shallowRef<readonly PlaybackEvent[]>([])
  let replay: Replay | null = null
  let before: string | null = null
  let turn = 0
  /** Where one is going, while keystrokes on the way are loaded. */
  let heading: number | null = null
  let abort = new AbortController()
  const pages = new Map<number, Promise<void>>()

  const life = shallowRef<Life>(lifeOf([], [], []))
  const start = computed(() => (about.value && keptOf(about.value)[0]?.start) ?? null)
  const marks = computed(() => {
    if (!about.value) return []
    const all = [...revisionMarks(life.value, revisions.value), ...eventMarks(life.value, events.value)]
    return all.sort((a, b) => a.place - b.place)
  })
  const changesOnly = computed(() => marks.value.filter(({ revision }) => revision !== undefined))
  const last = computed(() => {
    void first.value
    void progress.value
    return film.value?.step(place.value)
  })
  const moment = computed(() => {
    if (!about.value) return null
    if (last.value) return last.value.at
    if (place.value === 0 && start.value) return Date.parse(start.value.at)
    return momentAt(life.value, place.value)
  })

  async function load(at: At | null): Promise<void> {
    pause()
    abort.abort()
    abort = new AbortController()
    pages.clear()
    const { signal } = abort
    trouble.value = ''
    missing.value = false
    about.value = film.value = null
    try {
      const found = await getPlayback(session, file, signal)
      const kept = keptOf(found)
      const [begun, between] = await Promise.all([
        Promise.all(kept.map((part) => (part.doc === found.doc ? found.text : textOf(part, signal)))),
        Promise.all(kept.map((part, index) => stepsAfter(found, part, kept[index + 1], signal))),
      ])
      life.value = lifeOf(kept, between, found.authors)
      const { length, reels } = life.value
      const made = new Film(begun[0] ?? found.text, length)
      reels.forEach(({ place, length }, index) => {
        made.addText(place, begun[index]!)
        made.add(place + length, between[index]!)
      })
      about.value = found
      film.value = made
      first.value = 0
      earlier.value = true
      before = kept[0]?.start.revision ?? null
      place.value = 0
      const wanted = at && placeOf(life.value, at)
      if (wanted !== null) await seek(wanted)
      await Promise.all([loadEarlier(), loadMarks(signal)])
      if (!length && place.value === 0) await seek(0)
    } catch (error) {
      fail(error, signal)
    }
  }

  function fail(error: unknown, signal: AbortSignal): void {
    if (signal.aborted) return
    missing.value = error instanceof ApiError && [404, 422].includes(error.status)
    trouble.value = sentence(error)
    pause()
  }

  const textOf = async ({ doc, start }: Kept, signal: AbortSignal): Promise<string> =>
    (await playbackText(session, doc, start.version, signal)).text

  /** The steps that lead from a document's last keystroke to the first of the next, or to what there is now. */
  async function stepsAfter(
    found: PlaybackAbout,
    { doc, end }: Kept,
    next: Kept | undefined,
    signal: AbortSignal,
  ): Promise<Step[]> {
    const all: Step[] = []
    if (!end || (doc === found.doc && !found.deleted) || !('path' in file)) return all
    let before = next?.start.revision ?? null
    do {
      const page = await playbackSteps(session, file, { before, after: end }, signal)
      all.unshift(...page.steps.map(stepOf))
      before = page.next
    } while (before !== null)
    return all
  }

  async function loadEarlier(): Promise<void> {
    const { signal } = abort
    if (!earlier.value || !film.value) return
    const { text, steps, next } = await playbackSteps(session, file, { before }, signal)
    film.value.addEarlier(text, steps.map(stepOf))
    first.value = film.value.first
    before = next
    earlier.value = next !== null
  }

  async function loadMarks(signal: AbortSignal): Promise<void> {
    let next: string | null = null
    for (let page = 0; page < PAGES; page++) {
      const found = await playbackRevisions(session, file, next, signal)
      revisions.value = next === null ? found.revisions : [...revisions.value, ...found.revisions]
      next = found.next
      if (next === null) break
    }
    const since = revisions.value.at(-1)?.at ?? null
    let after: string | null = null
    for (let page = 0; page < PAGES; page++) {
      const found = await playbackEvents(session, file, { since, after }, signal)
      events.value = after === null ? found.events : [...events.value, ...found.events]
      after = found.next
      if (after === null) break
    }
  }

  /** The page of keystrokes that follow a place; asked for once. */
  function page(at: number): Promise<void> {
    let loading = pages.get(at)
    if (!loading) {
      const { signal } = abort
      const of = film.value!
      const reel = reelAt(life.value, at)!
      loading = playbackUpdates(session, reel.doc, reel.version + at - reel.place, signal).then(
        ({ at: began, authors, updates }) => {
          if (!updates.length) throw new ApiError(404, 'pruned', pageTexts.playback.gone)
          const steps = updates.map(([ms, by, changes]) => ({ at: began + ms, by: authors[by]!, changes }))
          of.add(at, steps.slice(0, reel.place + reel.length - at))
        },
      )
      loading.catch(() => pages.delete(at))
      pages.set(at, loading)
    }
    return loading
  }

  /** Sees to it that the text at a place can be made; false if something else is wanted by now. */
  async function ensure(target: number, mine: number): Promise<boolean> {
    const of = film.value!
    let from: number | null = null
    for (let at = of.missing(target); at !== null; at = of.missing(target)) {
      if (from === null && target - at > FAR) {
        const reel = reelAt(life.value, at)!
        const wanted = Math.min(target, reel.place + reel.length) - reel.place + reel.version
        const { version, text } = await playbackText(session, reel.doc, wanted, abort.signal)
        const held = reel.place + version - reel.version
        if (held > at) of.addText(held, text)
        from = of.missing(target) ?? target
        continue
      }
      from ??= at
      progress.value = (at - from) / Math.max(1, target - from)
      await page(at)
      if (mine !== turn) return false
    }
    return mine === turn
  }

  async function seek(wanted: number): Promise<void> {
    const of = film.value
    if (!of) return
    const target = Math.max(of.first, Math.min(of.length, Math.round(wanted)))
    const mine = ++turn
    heading = target
    progress.value = null
    if (of.missing(target) !== null) {
      try {
        if (!(await ensure(target, mine))) return
      } catch (error) {
        if (mine === turn) fail(error, abort.signal)
        return
      } finally {
        if (mine === turn) progress.value = heading = null
      }
    }
    heading = null
    place.value = target
    show()
  }

  const strokeOf = ({ by, changes, revision }: Step): Stroke => ({
    changes,
    name: by.display_name,
    color: colors.of(by),
    weight: revision === undefined ? 1 : WEIGHT,
  })

  /** The text at the present place, with what came last. */
  function show(): void {
    const of = film.value
    if (!of || !replay || of.missing(place.value) !== null) return
    const back = place.value > 0 ? Math.max(0, place.value - RECENT) : Math.max(of.first, place.value - 1)
    let from = place.value
    while (from > back && of.step(from) && of.missing(from - 1) === null) from--
    const recent: Stroke[] = []
    for (let at = from + 1; at <= place.value; at++) recent.push(strokeOf(of.step(at)!))
    replay.show(of.text(from), recent)
  }

  // ---- the clock
  let frame = 0
  let ticked = 0
  let budget = 0

  function tick(now: number): void {
    frame = 0
    const of = film.value
    if (!playing.value || !of) return
    budget += Math.min(now - ticked, 250) * speed.value
    ticked = now
    const strokes: Stroke[] = []
    let at = place.value
    while (at < of.length) {
      if (at >= 0 && !of.step(at + 1)) break
      const gap = pauseBefore(of, at + 1, skipping.value)
      if (gap > budget || strokes.length >= FRAME) break
      budget -= gap
      at++
      strokes.push(strokeOf(of.step(at)!))
    }
    if (strokes.length) {
      place.value = at
      of.text(at) // keeps texts on the way, from which one jumps
      replay?.play(strokes)
    }
    if (at >= of.length) return pause()
    const ahead = of.unknown(at, Math.max(at, 0) + AHEAD)
    if (ahead !== null) {
      const waiting = page(ahead)
      if (ahead <= at) return void buffer(waiting)
      waiting.catch(() => undefined)
    }
    frame = requestAnimationFrame(tick)
  }

  async function buffer(waiting: Promise<void>): Promise<void> {
    const { signal } = abort
    progress.value = 0
    try {
      await waiting
    } catch (error) {
      return fail(error, signal)
    } finally {
      progress.value = null
    }
    go()
  }

  function go(): void {
    if (!playing.value || frame) return
    ticked = performance.now()
    budget = 0
    frame = requestAnimationFrame(tick)
  }

  function pause(): void {
    playing.value = false
    cancelAnimationFrame(frame)
    frame = 0
  }

  async function toggle(): Promise<void> {
    const of = film.value
    if (!of) return
    if (playing.value) return pause()
    if (of.length === of.first) return
    if (place.value >= of.length) await seek(of.length ? 0 : of.first)
    playing.value = true
    go()
  }

  onScopeDispose(() => {
    pause()
    abort.abort()
  })

  return {
    about,
    life,
    start,
    film,
    first,
    place,
    playing,
    speed,
    skipping,
    following,
    progress,
    trouble,
    missing,
    earlier,
    revisions,
    events,
    marks,
    last,
    moment,
    load,
    loadEarlier: () => loadEarlier().catch((error: unknown) => fail(error, abort.signal)),
    async seek(target) {
      pause()
      await seek(target)
    },
    async step(by) {
      pause()
      await seek((heading ?? place.value) + by)
    },
    async seekMoment(at) {
      if (!about.value) return
      pause()
      await seek(placeAt(life.value, at))
    },
    nextRevision(direction) {
      if (!film.value) return
      pause()
      void seek(nextRevision(film.value, changesOnly.value, place.value, direction))
    },
    toggle: () => void toggle(),
    pause,
    stage(value) {
      replay = value
      show()
    },
  }
}
