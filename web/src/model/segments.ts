/** A line cut into stretches of one look: its code's colour and whether it is a changed word. */
import type { Span } from './words'

export interface Token {
  from: number
  to: number
  /** Class names, as the highlighter gives them. */
  look: string
}

export interface Segment {
  text: string
  look: string
  marked: boolean
}

/** Tokens and marks are in order and do not overlap among themselves. */
export function segments(text: string, tokens: readonly Token[], marks: readonly Span[]): Segment[] {
  const cuts = new Set([0, text.length])
  for (const { from, to } of tokens) cuts.add(from).add(to)
  for (const [from, to] of marks) cuts.add(from).add(to)
  const places = [...cuts].filter((place) => place >= 0 && place <= text.length).sort((a, b) => a - b)
  const found: Segment[] = []
  let token = 0
  let mark = 0
  for (let i = 0; i + 1 < places.length; i++) {
    const from = places[i]!
    const to = places[i + 1]!
    while (token < tokens.length && tokens[token]!.to <= from) token++
    while (mark < marks.length && marks[mark]![1] <= from) mark++
    const look = token < tokens.length && tokens[token]!.from <= from ? tokens[token]!.look : ''
    const marked = mark < marks.length && marks[mark]![0] <= from
    const last = found[found.length - 1]
    if (last && last.look === look && last.marked === marked) last.text += text.slice(from, to)
    else found.push({ text: text.slice(from, to), look, marked })
  }
  return found
}
