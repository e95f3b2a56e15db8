/** The line numbers of a difference as one stop of the keyboard: arrows walk, Shift takes more lines, Enter names the line, C comments. */
import { nextTick, shallowRef, type ShallowRef } from 'vue'
import type { ChosenLines, DiffComments, LinePlace } from '@/composables/diffcomments'
import type { Side } from '@/composables/sides'

export interface LineKeys {
  /** The line that the keyboard stops at; null: the first. */
  current: Readonly<ShallowRef<LinePlace | null>>
  onKey(event: KeyboardEvent): void
  onClick(event: MouseEvent): void
  onDown(event: MouseEvent): void
  onOver(event: MouseEvent): void
}

export function placeOf(element: EventTarget | null): LinePlace | null {
  const cell = (element as HTMLElement | null)?.closest<HTMLElement>('[data-line]')
  if (!cell?.dataset.line) return null
  return { side: cell.dataset.side as Side, number: Number(cell.dataset.line) }
}

export function useLineKeys(
  root: Readonly<ShallowRef<HTMLElement | null>>,
  comments: DiffComments,
  name: (place: LinePlace) => void,
): LineKeys {
  const current = shallowRef<LinePlace | null>(null)
  /** Where several lines were begun to be chosen. */
  let start: LinePlace | null = null
  /** Takes the line under the pointer while lines are dragged over. */
  let over: ((place: LinePlace) => void) | null = null

  const cells = (side?: Side): HTMLElement[] => [
    ...(root.value?.querySelectorAll<HTMLElement>(
      side ? `.no[data-side=${side}][data-line]` : '.no[data-line]',
    ) ?? []),
  ]

  function choose(place: LinePlace): void {
    const from = start?.side === place.side ? start : place
    start = from
    const [low, high] = [Math.min(from.number, place.number), Math.max(from.number, place.number)]
    comments.chosen.value = { side: place.side, from: low, to: high } satisfies ChosenLines
  }

  function go(cell: HTMLElement | undefined, more: boolean): void {
    const place = cell && placeOf(cell)
    if (!place) return
    if (more) {
      if (start?.side !== place.side) start = current.value ?? place
      choose(place)
    } else {
      start = place
      comments.chosen.value = null
    }
    current.value = place
    void nextTick(() => cell.focus())
  }

  return {
    current,
    onKey(event) {
      const cell = (event.target as HTMLElement).closest<HTMLElement>('.no[data-line]')
      const place = cell && placeOf(cell)
      if (!place || event.altKey || event.ctrlKey || event.metaKey) return
      const wide = root.value?.querySelector('.dl') !== null
      const list = cells(wide ? place.side : undefined)
      const here = list.indexOf(cell)
      switch (event.key) {
        case 'ArrowDown':
          go(list[here + 1], event.shiftKey)
          break
        case 'ArrowUp':
          go(list[here - 1], event.shiftKey)
          break
        case 'Home':
          go(list[0], event.shiftKey)
          break
        case 'End':
          go(list[list.length - 1], event.shiftKey)
          break
        case 'ArrowLeft':
        case 'ArrowRight': {
          const row = cell.closest('.dl')
          go(
            row?.querySelector<HTMLElement>(
              `.no[data-side=${place.side === 'old' ? 'new' : 'old'}][data-line]`,
            ) ?? undefined,
            false,
          )
          break
        }
        case 'Enter':
        case ' ':
          name(place)
          break
        case 'c':
        case 'C':
          comments.begin(place)
          break
        case 'Escape':
          if (!comments.chosen.value) return
          comments.chosen.value = null
          break
        default:
          return
      }
      event.preventDefault()
    },
    onClick(event) {
      const target = event.target as HTMLElement
      const place = placeOf(target)
      if (!place) return
      if (target.closest('.sign')) return comments.open(place)
      if (target.closest('.cs')) return
      if (!target.closest('.no')) return
      current.value = place
      if (event.shiftKey) return choose(place)
      start = place
      name(place)
      // A finger has nothing to hover with.
      if ((event as PointerEvent).pointerType === 'touch') comments.begin(place)
    },
    onDown(event) {
      const target = event.target as HTMLElement
      const place = placeOf(target)
      if (event.button !== 0 || !place || target.closest('.sign') || !target.closest('.cs')) return
      event.preventDefault()
      const within = comments.chosen.value
      const has = within?.side === place.side && within.from <= place.number && place.number <= within.to
      if (!has) {
        start = place
        choose(place)
      }
      let last = place
      over = (now) => {
        if (!has && now.side === place.side) choose((last = now))
      }
      window.addEventListener(
        'mouseup',
        () => {
          over = null
          comments.begin(last)
        },
        { once: true },
      )
    },
    onOver(event) {
      if (!over) return
      const row = (event.target as HTMLElement).closest('.dc')
      const place = placeOf(row?.querySelector('.no[data-line]') ?? null)
      if (place) over(place)
    },
  }
}
