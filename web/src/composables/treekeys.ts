/** The keys of a tree, as the ARIA pattern has them, and those for what can be done with what is in it. */
import { folderOf, type TreeRow } from '@/model/tree'

export type TreeAction =
  | 'create'
  | 'rename'
  | 'duplicate'
  | 'delete'
  | 'copyPath'
  | 'download'
  | 'history'
  | 'cut'
  | 'copy'
  | 'paste'
  | 'release'

/** What a tree does at a key. */
export interface TreeHands {
  rows(): readonly TreeRow[]
  /** The row with the focus. */
  index(): number
  /** How many rows are in sight. */
  page(): number
  goTo(index: number): void
  toggle(folders: readonly string[], open: boolean): void
  choose(row: TreeRow): void
  act(action: TreeAction, row: TreeRow): void
  mayEdit(): boolean
}

const EDITING: Record<string, TreeAction> = { F2: 'rename', Delete: 'delete' }
const WITH_CTRL: Record<string, TreeAction> = { x: 'cut', c: 'copy', v: 'paste', d: 'duplicate' }
const TYPING_PAUSE = 800

/** Gives the handler of `keydown`. */
export function treeKeys(hands: TreeHands): (event: KeyboardEvent) => void {
  let typed = ''
  let typedAt = -TYPING_PAUSE

  function goToName(key: string, at: number): void {
    const rows = hands.rows()
    typed = at - typedAt > TYPING_PAUSE ? key : typed + key
    typedAt = at
    // The same letter again and again goes from one to the next; more of a name stays where it fits.
    const wanted = new Set(typed).size === 1 ? key : typed
    const start = hands.index() + (wanted.length > 1 ? 0 : 1)
    for (let step = 0; step < rows.length; step++) {
      const index = (start + step) % rows.length
      const name = rows[index]!.node.name.toLocaleLowerCase()
      if (name.startsWith(wanted.toLocaleLowerCase())) return hands.goTo(index)
    }
  }

  function withCtrl(event: KeyboardEvent, row: TreeRow): boolean {
    const action = WITH_CTRL[event.key.toLowerCase()]
    if (!action || event.altKey || event.shiftKey || !hands.mayEdit()) return false
    hands.act(action, row)
    return true
  }

  function plain(event: KeyboardEvent, row: TreeRow, index: number): boolean {
    const rows = hands.rows()
    const last = rows.length - 1
    const { node } = row
    switch (event.key) {
      case 'ArrowDown':
        hands.goTo(Math.min(last, index + 1))
        return true
      case 'ArrowUp':
        hands.goTo(Math.max(0, index - 1))
        return true
      case 'PageDown':
        hands.goTo(Math.min(last, index + hands.page()))
        return true
      case 'PageUp':
        hands.goTo(Math.max(0, index - hands.page()))
        return true
      case 'Home':
        hands.goTo(0)
        return true
      case 'End':
        hands.goTo(last)
        return true
      case 'ArrowRight':
        if (node.kind !== 'folder') return false
        if (row.open) hands.goTo(Math.min(last, index + 1))
        else hands.toggle([node.path], true)
        return true
      case 'ArrowLeft': {
        if (row.open) hands.toggle([node.path], false)
        else hands.goTo(rows.findIndex((other) => other.node.path === folderOf(node.path)))
        return true
      }
      case '*':
        hands.toggle(
          rows
            .filter(
              ({ node: other }) => other.kind === 'folder' && folderOf(other.path) === folderOf(node.path),
            )
            .map(({ node: other }) => other.path),
          true,
        )
        return true
      case 'Enter':
      case ' ':
        hands.choose(row)
        return true
      case 'Escape':
        hands.act('release', row)
        return true
      default: {
        const action = EDITING[event.key]
        if (action && hands.mayEdit()) hands.act(action, row)
        else if (event.key.length === 1) goToName(event.key, event.timeStamp)
        else return false
        return true
      }
    }
  }

  return (event) => {
    const index = hands.index()
    const row = hands.rows()[index]
    if (!row) return
    const ctrl = event.ctrlKey || event.metaKey
    const done = ctrl ? withCtrl(event, row) : !event.altKey && plain(event, row, index)
    if (done) event.preventDefault()
  }
}
