/** The worker in which regular expressions are tried; it is ended from outside when one takes too long. */
import { matchesIn, type Asked, type Matches } from './matching'

export interface Question {
  /** Only when it is another than before. */
  text?: string
  asked: Asked
}
/** `ready` once, when it has been loaded; then an answer to each question. Null: the browser could not do it. */
export type Answer = 'ready' | Matches | null

const scope = self as unknown as {
  onmessage: (event: MessageEvent<Question>) => void
  postMessage(answer: Answer): void
}
let text = ''

scope.onmessage = ({ data }) => {
  text = data.text ?? text
  let answer: Matches | null = null
  try {
    answer = matchesIn(text, data.asked)
  } catch {
    // A pattern that is too large for the browser.
  }
  scope.postMessage(answer)
}
scope.postMessage('ready')
