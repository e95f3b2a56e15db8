/** One or two panes beside each other, each with its tabs: what opening, closing and moving make of them. Pure; a tab is compared by identity. */

export interface Pane<T> {
  /** Stays with the pane when the other one closes. */
  readonly id: number
  readonly tabs: readonly T[]
  /** The tab that is looked at; null only if there are none. */
  readonly current: T | null
}

export interface Layout<T> {
  /** From left to right. Only a single pane may be empty. */
  readonly panes: readonly Pane<T>[]
  /** The id of the pane that commands and the status bar speak about. */
  readonly focused: number
}

export const MOST_PANES = 2

export function emptyLayout<T>(): Layout<T> {
  return { panes: [{ id: 1, tabs: [], current: null }], focused: 1 }
}

/** The layout with these panes; empty ones are left out. The number counts `groups`. */
export function layoutOf<T>(
  groups: readonly { tabs: readonly T[]; current: T | null }[],
  focused: number,
): Layout<T> {
  const panes = groups.slice(0, MOST_PANES).map(({ tabs, current }, index) => ({
    id: index + 1,
    tabs,
    current: current !== null && tabs.includes(current) ? current : (tabs[0] ?? null),
  }))
  return tidy({ panes, focused: focused + 1 })
}

export function paneOf<T>(layout: Layout<T>, id: number): Pane<T> | undefined {
  return layout.panes.find((pane) => pane.id === id)
}

export function focusedPane<T>(layout: Layout<T>): Pane<T> {
  return paneOf(layout, layout.focused) ?? layout.panes[0]!
}

/** The pane beside that one. */
export function otherPane<T>(layout: Layout<T>, id: number): Pane<T> | undefined {
  return layout.panes.find((pane) => pane.id !== id)
}

/** All tabs, each once. */
export function allTabs<T>(layout: Layout<T>): Set<T> {
  return new Set(layout.panes.flatMap(({ tabs }) => tabs))
}

/** Whether it is in front in any pane. */
export function isShown<T>(layout: Layout<T>, tab: T): boolean {
  return layout.panes.some(({ current }) => current === tab)
}

export function focus<T>(layout: Layout<T>, id: number): Layout<T> {
  return layout.focused === id || !paneOf(layout, id) ? layout : { ...layout, focused: id }
}

/** Shows the tab in a pane, which has the focus then; a new one stands after the one that was in front, or at `index`. */
export function show<T>(layout: Layout<T>, id: number, tab: T, index?: number): Layout<T> {
  const shown = change(layout, id, (pane) => {
    if (pane.tabs.includes(tab)) return { ...pane, current: tab }
    const place = index ?? (pane.current === null ? pane.tabs.length : pane.tabs.indexOf(pane.current) + 1)
    return { ...pane, tabs: pane.tabs.toSpliced(place, 0, tab), current: tab }
  })
  return focus(shown, id)
}

/** Takes the tab out of a pane; the next one comes to the front, and an empty pane goes if there is another. */
export function close<T>(layout: Layout<T>, id: number, tab: T): Layout<T> {
  return tidy(change(layout, id, (pane) => without(pane, tab)))
}

/** Takes the tab out of all panes. */
export function closeEverywhere<T>(layout: Layout<T>, tab: T): Layout<T> {
  return tidy({ ...layout, panes: layout.panes.map((pane) => without(pane, tab)) })
}

/** Shows the tab in the other pane too, which is made on the right if there is none. */
export function split<T>(layout: Layout<T>, id: number, tab: T): Layout<T> {
  const other = otherPane(layout, id)
  if (other) return show(layout, other.id, tab)
  return withNewPane(layout, tab)
}

/** Moves the tab to a place in the same pane or another. `index` counts the tabs as they stand. */
export function move<T>(layout: Layout<T>, from: number, tab: T, to: number, index?: number): Layout<T> {
  const place = paneOf(layout, from)?.tabs.indexOf(tab) ?? -1
  if (place < 0) return layout
  if (from !== to) return close(show(layout, to, tab, index), from, tab)
  const at = index === undefined ? place : index > place ? index - 1 : index
  return focus(
    change(layout, to, (pane) => ({
      ...pane,
      tabs: pane.tabs.toSpliced(place, 1).toSpliced(at, 0, tab),
      current: tab,
    })),
    to,
  )
}

/** Moves the tab to the pane beside, which is made on the right if there is none. A pane's only tab has nowhere to go. */
export function moveAcross<T>(layout: Layout<T>, from: number, tab: T): Layout<T> {
  const other = otherPane(layout, from)
  if (other) return move(layout, from, tab, other.id)
  const pane = paneOf(layout, from)
  if (!pane?.tabs.includes(tab) || pane.tabs.length < 2) return layout
  return close(withNewPane(layout, tab), from, tab)
}

/** Brings the tab to the front that stands `by` places on, around the ends. */
export function step<T>(layout: Layout<T>, by: number): Layout<T> {
  const pane = focusedPane(layout)
  if (pane.current === null || pane.tabs.length < 2) return layout
  const { length } = pane.tabs
  const index = (pane.tabs.indexOf(pane.current) + (by % length) + length) % length
  return show(layout, pane.id, pane.tabs[index]!)
}

/** All tabs in one pane, with the one in front that was looked at. */
export function join<T>(layout: Layout<T>): Layout<T> {
  if (layout.panes.length === 1) return layout
  const { id, current } = focusedPane(layout)
  return { panes: [{ id, tabs: [...allTabs(layout)], current }], focused: id }
}

function change<T>(layout: Layout<T>, id: number, by: (pane: Pane<T>) => Pane<T>): Layout<T> {
  return { ...layout, panes: layout.panes.map((pane) => (pane.id === id ? by(pane) : pane)) }
}

function without<T>(pane: Pane<T>, tab: T): Pane<T> {
  const index = pane.tabs.indexOf(tab)
  if (index < 0) return pane
  const tabs = pane.tabs.toSpliced(index, 1)
  return {
    ...pane,
    tabs,
    current: pane.current === tab ? (tabs[index] ?? tabs.at(-1) ?? null) : pane.current,
  }
}

function withNewPane<T>(layout: Layout<T>, tab: T): Layout<T> {
  const id = Math.max(...layout.panes.map((pane) => pane.id)) + 1
  return { panes: [...layout.panes, { id, tabs: [tab], current: tab }], focused: id }
}

function tidy<T>(layout: Layout<T>): Layout<T> {
  const panes = layout.panes.filter(({ tabs }) => tabs.length > 0)
  if (panes.length === 0)
    return { panes: [{ id: layout.focused, tabs: [], current: null }], focused: layout.focused }
  const focused = panes.some(({ id }) => id === layout.focused) ? layout.focused : panes[0]!.id
  return { panes, focused }
}
