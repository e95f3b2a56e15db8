import type { ChangeSet } from '@codemirror/state'
import type { Step } from './origin'

/**
 * What others did to a text that a view does not show yet. The document is always the shown text with all of this; an own edit, which is made on the shown
 * text, is taken over it, and it over the edit, as a client does with what it has not confirmed (CL1).
 */
export class Waiting {
  private steps: Step[] = []

  get size(): number {
    return this.steps.length
  }

  add(changes: ChangeSet, client: string): void {
    this.steps.push({ changes, client })
  }

  /** An edit of the shown text as one of the document's. */
  edited(own: ChangeSet): ChangeSet {
    let edit = own
    this.steps = this.steps.map(({ changes, client }) => {
      const step = { changes: changes.map(edit, true), client }
      edit = edit.map(changes)
      return step
    })
    return edit
  }

  /** Where a position of the shown text is in the document. */
  place(position: number): number {
    return this.steps.reduce((at, { changes }) => changes.mapPos(at, -1), position)
  }

  /** All of it, in its order; nothing waits any more. */
  take(): Step[] {
    const { steps } = this
    this.steps = []
    return steps
  }
}

/** All steps as one change; null if there are none. */
export function together(steps: readonly Step[]): ChangeSet | null {
  if (steps.length === 0) return null
  return steps.map(({ changes }) => changes).reduce((all, next) => all.compose(next))
}
