/** Vim searches while a key is down, so what may take for ever is not let in: Vim has no worker that could be ended. */

interface Group {
  /** Something in it is repeated, optional or a choice, so that repeating the group tries each way of cutting the text. */
  manifold: boolean
}

/** One thing that is repeated without end so often in a row, as in `a*a*a*`, shares out a long line in more ways than there is time for. */
const ROW = 3

/**
 * Whether a pattern repeats a group that is manifold itself, as `(a+)+`, `(a?a?)+` or `(a|b)*` do, or repeats the same in a row. Of Vim's own
 * patterns, where `\(` is a group and `(` a sign, both are taken for groups.
 */
export function explodes(pattern: string): boolean {
  const groups: Group[] = [{ manifold: false }]
  /** The group that ended just now. */
  let ended: Group | null = null
  let before = ''
  /** What a repetition would repeat, and what was repeated just before it, how often in a row. */
  let thing = ''
  let repeated = ''
  let row = 0
  // An escaped sign, a class, and what else is one sign.
  for (const [token] of pattern.matchAll(/\\[^]|\[\^?\]?(?:\\[^]|[^\]])*\]|[^]/g)) {
    const sign = /^\\[(){}+|?]$/.test(token) ? token[1]! : token
    const top = groups.at(-1)!
    // After a bracket it begins another kind of group, and after a repetition it makes that lazy.
    if (sign === '?' && /[(*+?}]/.test(before)) continue
    if (sign === '*' || sign === '+' || sign === '{') {
      if (ended?.manifold) return true
      top.manifold = true
      row = thing && thing === repeated ? row + 1 : 1
      if (row === ROW) return true
      repeated = thing
      thing = ''
    } else {
      if (sign === '?' || sign === '|') top.manifold = true
      if (thing) repeated = ''
      thing = /^[()|?]$/.test(sign) ? '' : token
    }
    ended = null
    if (sign === '(') groups.push({ manifold: false })
    else if (sign === ')' && groups.length > 1) {
      ended = groups.pop()!
      if (ended.manifold) groups.at(-1)!.manifold = true
    }
    before = sign
  }
  return false
}
