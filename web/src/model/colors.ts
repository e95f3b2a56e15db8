/** The colours that the server finds in code, as the page shows them. */
import type { Token } from './segments'

/** A line's stretches: pairs of a length and an index of the roles. */
export function tokensOf(pairs: readonly number[], roles: readonly string[]): Token[] {
  const tokens: Token[] = []
  let from = 0
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    const to = from + pairs[i]!
    const role = roles[pairs[i + 1]!]
    if (role) tokens.push({ from, to, look: `tok-${role}` })
    from = to
  }
  return tokens
}

/** The lines of a text; a line end at its end begins no further one. */
export function linesOf(text: string): string[] {
  const lines = text.split('\n')
  if (lines[lines.length - 1] === '') lines.pop()
  return lines
}
