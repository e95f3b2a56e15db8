/** A message that is not of the form that the contract gives. */
export class Malformed extends Error {
  override readonly name = 'Malformed'
}
