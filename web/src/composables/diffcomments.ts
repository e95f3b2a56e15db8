/** Comments in one file's difference: signs beside its lines, the lines that are chosen, and the card below one of them (CW6, CW7). */
import { computed, nextTick, shallowRef, watch, type ComputedRef, type ShallowRef } from 'vue'
import type { FileDiff } from '@/api/types'
import { useComments } from '@/composables/comments'
import { useRevisionComments } from '@/composables/revisioncomments'
import { useSession } from '@/composables/session'
import type { Side } from '@/composables/sides'
import { sentence, toast } from '@/composables/toasts'
import type { DiffLine } from '@/model/diff'
import { signsOf, type LineSign } from '@/model/linesigns'
import { texts as words } from '@/texts'

export interface LinePlace {
  side: Side
  number: number
}

/** Lines of one side, `from` up to `to`. */
export interface ChosenLines {
  side: Side
  from: number
  to: number
}

export type DiffCard = ChosenLines & { ids: readonly string[] | null; revision: string; path: string }

export interface DiffComments {
  card: Readonly<ShallowRef<DiffCard | null>>
  chosen: ShallowRef<ChosenLines | null>
  trouble: ComputedRef<boolean>
  load(): void
  /** Where a thread is on a side, in words. */
  where(id: string, side: Side): string
  sign(line: DiffLine | null, side: Side): LineSign | null
  isAbout(line: DiffLine | null, side: Side): boolean
  isChosen(line: DiffLine | null, side: Side): boolean
  /** The card stands below this line. */
  isBelow(line: DiffLine | null, side: Side): boolean
  /** Of lines that are not shown, the new side's, those that have comments. */
  hidden: ComputedRef<readonly number[]>
  open(place: LinePlace): void
  /** Begins a comment on a line, or on the lines that are chosen if it is one of them. */
  begin(place: LinePlace): void
  close(): void
  grow(by: 1 | -1): void
  save(text: string, key: string): Promise<unknown>
}

/** `lines`: what is shown of the file. */
export function useDiffComments(
  revision: string,
  base: string | null,
  file: FileDiff,
  lines: () => readonly DiffLine[],
  wide: () => boolean,
  focus: (what: 'thread' | 'write') => void,
): DiffComments {
  const { id: session, live } = useSession()
  const comments = useComments()
  const texts = {
    new: file.status === 'removed' ? null : { revision, path: file.path },
    old:
      base === null || file.status === 'added' ? null : { revision: base, path: file.old_path ?? file.path },
  }
  const found = {
    new: useRevisionComments(session, live, () => texts.new),
    old: useRevisionComments(session, live, () => texts.old),
  }
  const card = shallowRef<DiffCard | null>(null)
  const chosen = shallowRef<ChosenLines | null>(null)

  const numbers = (side: Side): number[] =>
    lines().flatMap((line) => (side === 'old' && !wide() && line.kind === 'same' ? [] : (line[side] ?? [])))
  const signs = {
    new: computed(() => signsOf(found.new.places.value, numbers('new'))),
    old: computed(() => {
      // What stands on the new side needs no second sign.
      const there = new Set(found.new.places.value.map(({ id }) => id))
      return signsOf(
        found.old.places.value.filter(({ id }) => !there.has(id)),
        numbers('old'),
      )
    }),
  }

  const within = (range: ChosenLines | null, line: DiffLine | null, side: Side): boolean => {
    const number = line?.[side]
    return range?.side === side && number != null && range.from <= number && number <= range.to
  }

  async function show(now: DiffCard, what: 'thread' | 'write'): Promise<void> {
    card.value = now
    try {
      const threads = await Promise.all((now.ids ?? []).map((id) => comments.load(id)))
      if (now.ids && card.value === now && threads.every((thread) => thread === null)) close()
    } catch (error) {
      if (card.value === now) close()
      toast(sentence(error), { bad: true })
      return
    }
    await nextTick()
    if (card.value === now) focus(what)
  }

  function close(): void {
    card.value = null
    chosen.value = null
  }

  // A layout in which its line is elsewhere.
  watch(wide, close)
  // Its last comment was taken back.
  watch(
    () => card.value?.ids?.some((id) => comments.threads.has(id)),
    (now, before) => before && now === false && close(),
  )

  return {
    card,
    chosen,
    trouble: computed(() => found.new.trouble.value || found.old.trouble.value),
    load() {
      void found.new.load()
      void found.old.load()
    },
    where(id, side) {
      const place = [side, 'new', 'old']
        .flatMap((one) => found[one as Side].places.value)
        .find((place) => place.id === id)
      return place ? words.comments.lines(place.range.start_line, place.range.end_line) : words.comments.gone
    },
    sign: (line, side) => signs[side].value.shown.get(line?.[side] ?? 0) ?? null,
    isAbout: (line, side) => signs[side].value.about.has(line?.[side] ?? 0),
    isChosen: (line, side) => within(chosen.value, line, side),
    isBelow: (line, side) => card.value?.side === side && line?.[side] === card.value.to,
    hidden: computed(() => signs.new.value.hidden),
    open({ side, number }) {
      const ids = signs[side].value.shown.get(number)?.ids
      const text = texts[side]
      if (!ids || !text) return
      const before = card.value
      if (before?.ids && before.side === side && before.to === number) return close()
      chosen.value = null
      void show({ side, from: number, to: number, ids, ...text }, 'thread')
    },
    begin({ side, number }) {
      const text = texts[side]
      if (!text) return
      if (!comments.mayComment.value) return toast(words.comments.mayNot, { bad: true })
      const range = chosen.value
      const has = range?.side === side && range.from <= number && number <= range.to
      const about = has ? range : { side, from: number, to: number }
      chosen.value = about
      void show({ ...about, ids: null, ...text }, 'write')
    },
    close,
    grow(by) {
      const now = card.value
      if (!now || now.ids) return
      const shown = numbers(now.side)
      const to = shown[shown.indexOf(now.to) + by]
      if (to === undefined || to < now.from || to !== now.to + by) return
      card.value = { ...now, to }
      chosen.value = { side: now.side, from: now.from, to }
    },
    async save(text, key) {
      const now = card.value
      if (!now) return
      const { revision, path, from, to } = now
      const range = { start_line: from, end_line: to }
      const made = await comments.begin(text, { revision, path, range }, key)
      found[now.side].add(made)
      chosen.value = null
      if (card.value === now) card.value = { ...now, ids: [made.id] }
    },
  }
}
