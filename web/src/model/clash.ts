/** Where the two versions of a clash stand in a text that may have changed since. */
import type { Conflict } from '@/wire/messages'

export interface Lines {
  line: number
  end_line: number
  start_column: number
  end_column: number
}

/** The place nearest to where it was said to be; that line itself if the versions do not stand there any more. */
export function placeOf(clash: Pick<Conflict, 'line' | 'ours' | 'theirs'>, text: string): Lines {
  const both = clash.ours + clash.theirs
  const said = startOf(text, clash.line)
  const behind = both ? text.indexOf(both, said) : -1
  const before = both ? text.lastIndexOf(both, said) : -1
  const nearest = [behind, before]
    .filter((at) => at >= 0)
    .sort((a, b) => Math.abs(a - said) - Math.abs(b - said))[0]
  const at = nearest ?? said
  const shown = nearest === undefined ? '' : both.replace(/\n$/, '')
  const line = lineAt(text, at)
  const end = at + shown.length
  return {
    line,
    end_line: lineAt(text, end),
    start_column: at - lineStart(text, at) + 1,
    end_column: end - lineStart(text, end) + 1,
  }
}

function startOf(text: string, line: number): number {
  let at = 0
  for (let n = 1; n < line; n++) {
    const next = text.indexOf('\n', at)
    if (next < 0) return at
    at = next + 1
  }
  return at
}

function lineAt(text: string, at: number): number {
  return text.slice(0, at).split('\n').length
}

function lineStart(text: string, at: number): number {
  return text.lastIndexOf('\n', at - 1) + 1
}
