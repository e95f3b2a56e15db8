/** Both texts of a file that differs, with their colours: they come after the difference, and it can be read without them. */
import { onScopeDispose, shallowRef, type ShallowRef } from 'vue'
import { fileText } from '@/api/history'
import type { FileDiff, FileText } from '@/api/types'
import { linesOf, tokensOf } from '@/model/colors'
import type { DiffLine } from '@/model/diff'
import type { Token } from '@/model/segments'

export type Side = 'old' | 'new'

export interface Sides {
  /** The lines of the new side. */
  text: Readonly<ShallowRef<readonly string[] | null>>
  /** Asks for the colours. */
  color(): void
  /** Asks for the lines of the new side. Raises `ApiError`. */
  read(): Promise<void>
  tokens(line: DiffLine | null, side: Side): readonly Token[]
}

const NOTHING: readonly never[] = []

export function useSides(session: string, revision: string, base: string | null, file: FileDiff): Sides {
  const texts = { old: shallowRef<FileText | null>(null), new: shallowRef<FileText | null>(null) }
  const text = shallowRef<readonly string[] | null>(null)
  const abort = new AbortController()
  onScopeDispose(() => abort.abort())
  let asked = false

  async function load(side: Side, path: string, revision: string): Promise<void> {
    const found = await fileText(session, path, { revision, colors: 1 }, abort.signal)
    texts[side].value = found
    if (side === 'new') text.value = linesOf(found.text)
  }

  function found(line: DiffLine, side: Side): readonly Token[] | null {
    const number = line[side]
    const file = texts[side].value
    const pairs = number && file?.colors?.[number - 1]
    return pairs ? tokensOf(pairs, file.roles) : null
  }

  return {
    text,
    color() {
      if (asked) return
      asked = true
      const quiet = (): undefined => undefined
      if (file.status !== 'removed') void load('new', file.path, revision).catch(quiet)
      if (file.removed && base !== null) void load('old', file.old_path ?? file.path, base).catch(quiet)
    },
    async read() {
      if (!text.value) await load('new', file.path, revision)
    },
    tokens(line, side) {
      if (!line) return NOTHING
      const other = side === 'new' ? 'old' : 'new'
      // The old text is not asked for where nothing was taken away; what is the same has the same colours.
      return found(line, side) ?? (line.kind === 'same' ? found(line, other) : null) ?? NOTHING
    },
  }
}
