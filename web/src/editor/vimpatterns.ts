/** Vim searches while a key is down, so what may take for ever is not let in: Vim has no worker that could be ended. */

interface Group {
  /** Something in it is repeated or a choice, so that repeating the group tries each way of cutting the text. */
  manifold: boolean
}

/**
 * Whether a pattern repeats a group that is manifold itself, as `(a+)+` or `(a|b)*` do. Of Vim's own patterns, where `\(` is a group and `(`
 * a sign, both are taken for groups.
 */
export function explodes(pattern: string): boolean {
  const groups: Group[] = [{ manifold: false }]
  /** The group that ended just now. */
  let ended: Group | null = null
  // An escaped sign, a class, and what else is one sign.
  for (const [token] of pattern.matchAll(/\\[^]|\[\^?\]?(?:\\[^]|[^\]])*\]|[^]/g)) {
    const sign = /^\\[(){}+|]$/.test(token) ? token[1]! : token
    const top = groups.at(-1)!
    if (sign === '*' || sign === '+' || sign === '{') {
      if (ended?.manifold) return true
      top.manifold = true
    } else if (sign === '|') top.manifold = true
    ended = null
    if (sign === '(') groups.push({ manifold: false })
    else if (sign === ')' && groups.length > 1) {
      ended = groups.pop()!
      if (ended.manifold) groups.at(-1)!.manifold = true
    }
  }
  return false
}
