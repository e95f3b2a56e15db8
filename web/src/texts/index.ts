/** The catalogue in use. A translation is a module of the same type as `en.ts`. */
import { en } from './en'

export type Texts = typeof en
export const texts: Texts = en
/** The language of the texts, for `Intl`; dates and numbers follow the reader. */
export const locale: string = typeof navigator === 'undefined' ? 'en' : navigator.language
