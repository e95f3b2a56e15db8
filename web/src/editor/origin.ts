import { Annotation } from '@codemirror/state'

/** Marks a transaction that came from the document, with the client that made it. It is no edit of ours: neither sent nor undone here. */
export const origin = Annotation.define<string>()
