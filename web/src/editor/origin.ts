import { Annotation, type ChangeSet, type Transaction } from '@codemirror/state'

/** What one client did to a text. */
export interface Step {
  /** Empty: it is not known who did it. */
  client: string
  changes: ChangeSet
}

/**
 * Marks a transaction that came from the document, with what others did one after the other: together they are its changes. It is no edit of ours:
 * neither sent nor undone here.
 */
export const origin = Annotation.define<readonly Step[]>()

/** A transaction's changes as they were made. What was made here is one step, by nobody. */
export function stepsOf(transaction: Transaction): readonly Step[] {
  return transaction.annotation(origin) ?? [{ client: '', changes: transaction.changes }]
}
