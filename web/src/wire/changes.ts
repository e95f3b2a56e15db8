import { ChangeSet } from '@codemirror/state'
import { Malformed } from './malformed'

/** A ChangeSet from its JSON. `ChangeSet.fromJSON` takes negative lengths and line breaks within a line; this raises `Malformed`. */
export function parseChanges(value: unknown): ChangeSet {
  if (!Array.isArray(value)) throw new Malformed('changes: not a list')
  for (const part of value) {
    const length: unknown = Array.isArray(part) ? part[0] : part
    if (!Number.isSafeInteger(length) || (length as number) < 0) throw new Malformed('changes: not a length')
    if (!Array.isArray(part)) continue
    for (let i = 1; i < part.length; i++) {
      const line: unknown = part[i]
      if (typeof line !== 'string' || line.includes('\n')) throw new Malformed('changes: not a line')
    }
  }
  return ChangeSet.fromJSON(value)
}
