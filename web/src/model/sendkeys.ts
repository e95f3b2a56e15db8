/** What a message is called by who sends it, so that the server makes it once, however often it comes. */
export const newKey = (): string =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((n) => n.toString(16).padStart(2, '0')).join('')
