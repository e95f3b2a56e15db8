/** What people paste or type to join: a link, its last part, or a short code. */

const LINK = /\/join#([\w-]+)$/
const TOKEN = /^[\w-]{22}$/
const CODE = /^[BCDFGHJKMNPQRSTVWXYZ]{9}$/

/**
 * The token or code in a text, or null. Of a link only the token counts: which of its names the server has there does not
 * matter, and nobody is led to an address that was pasted.
 */
export function inviteOf(text: string): string | null {
  const given = text.trim()
  const token = LINK.exec(given)?.[1] ?? given
  if (TOKEN.test(token)) return token
  const letters = token.replace(/[\s.\u2010-\u2015-]+/g, '').toUpperCase()
  return CODE.test(letters) ? letters.match(/.{3}/g)!.join('-') : null
}

/** An SVG document as the address of a picture. */
export const pictureOf = (svg: string): string => `data:image/svg+xml,${encodeURIComponent(svg)}`
