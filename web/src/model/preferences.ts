/** What a person likes in the editor. */
import { DEFAULT_THEMES, themesFor } from './themes'

export const KEYS = ['normal', 'vim', 'emacs'] as const
export type Keys = (typeof KEYS)[number]

/** Percent of the interface's size of code. */
export const FONT_SIZES = [75, 90, 100, 110, 125, 150, 175, 200] as const

/** Steps of indentation: a number of blanks, or `t` and how wide a tab is shown. */
export const INDENTS = ['2', '3', '4', '8', 't2', 't4', 't8'] as const

export interface Preferences {
  keys: Keys
  fontSize: number
  wrap: boolean
  /** One of `INDENTS`, for texts that show none of their own. */
  indent: string
  /** Blanks and tabs are seen. What deceives the eye is always shown, whatever this says. */
  whitespace: boolean
  activeLine: boolean
  blink: boolean
  /** Words of the text are offered while typing, and not on demand alone. */
  suggest: boolean
  /** The ids of the editor's themes in a light and in a dark page. */
  light: string
  dark: string
}

export const DEFAULTS: Readonly<Preferences> = {
  keys: 'normal',
  fontSize: 100,
  wrap: false,
  indent: '4',
  whitespace: false,
  activeLine: true,
  blink: true,
  suggest: false,
  ...DEFAULT_THEMES,
}

const ALLOWED: { [Key in keyof Preferences]: (value: unknown) => boolean } = {
  keys: (value) => KEYS.includes(value as Keys),
  fontSize: (value) => FONT_SIZES.includes(value as (typeof FONT_SIZES)[number]),
  wrap: isSwitch,
  indent: (value) => INDENTS.includes(value as (typeof INDENTS)[number]),
  whitespace: isSwitch,
  activeLine: isSwitch,
  blink: isSwitch,
  suggest: isSwitch,
  light: (value) => themesFor(false).some(({ id }) => id === value),
  dark: (value) => themesFor(true).some(({ id }) => id === value),
}

function isSwitch(value: unknown): boolean {
  return typeof value === 'boolean'
}

/** What was kept, as far as it still makes sense; the rest is as for everyone. */
export function parsePreferences(kept: string | null): Preferences {
  let found: unknown
  try {
    found = JSON.parse(kept ?? '')
  } catch {
    found = null
  }
  if (typeof found !== 'object' || found === null) return { ...DEFAULTS }
  const good = Object.entries(found).filter(
    ([key, value]) => Object.hasOwn(ALLOWED, key) && ALLOWED[key as keyof Preferences](value),
  )
  return { ...DEFAULTS, ...Object.fromEntries(good) }
}
