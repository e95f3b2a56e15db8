/** How English counts. */

const plural = new Intl.PluralRules('en')

export const count = (n: number, one: string, other: string): string =>
  `${n} ${plural.select(n) === 'one' ? one : other}`

/** Up to three names, or how many there are. */
export const some = (names: string[], one: string, other: string): string =>
  names.length > 3
    ? count(names.length, one, other)
    : new Intl.ListFormat('en', { type: 'conjunction' }).format(names)

/** A stretch of time in its largest unit. */
export const lasting = (minutes: number): string =>
  minutes < 60
    ? `${minutes} min`
    : minutes < 1_440
      ? `${Math.floor(minutes / 60)} h`
      : count(Math.floor(minutes / 1_440), 'day', 'days')
