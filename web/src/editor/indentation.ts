/** How a text is indented, found by looking at it. */
import type { Text } from '@codemirror/state'

export interface Indentation {
  tabs: boolean
  /** Columns of one step; of a tab, how wide it is shown. */
  width: number
}

const LOOK_AT = 2_000

/** One of `INDENTS` (model/preferences), such as `2` or `t8`. */
export const indentationFrom = (value: string): Indentation => ({
  tabs: value.startsWith('t'),
  width: Number(value.replace('t', '')),
})

/**
 * The step by which lines get deeper most often among the first lines; tabs if more lines begin with one than with two
 * blanks. Null for a text that is not indented.
 */
export function detectIndentation(text: Text): Indentation | null {
  let tabs = 0
  let blanks = 0
  let before = 0
  const steps = new Map<number, number>()
  const lines = text.iterLines(1, Math.min(text.lines, LOOK_AT) + 1)
  for (const line of lines) {
    const lead = /^[ \t]*/.exec(line)![0]
    if (lead.length === line.length) continue
    if (lead.startsWith('\t')) tabs++
    else if (lead.length > 1) blanks++
    if (!lead.includes('\t')) {
      const step = lead.length - before
      // A comment's ` *` and aligned arguments are not steps.
      if (step > 1 && step <= 8 && !/^\s*\*/.test(line)) steps.set(step, (steps.get(step) ?? 0) + 1)
      if (!/^\s*\*/.test(line)) before = lead.length
    }
  }
  if (tabs > blanks) return { tabs: true, width: 4 }
  let best: number | null = null
  let most = 0
  for (const width of [2, 4, 8, 3]) {
    const times = steps.get(width) ?? 0
    if (times > most) {
      most = times
      best = width
    }
  }
  return best === null ? null : { tabs: false, width: best }
}
