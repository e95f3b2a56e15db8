/** The catalogue in use for pages and dialogs that come when they are asked for. */
import { pages } from './en/pages'

export type PageTexts = typeof pages
export const pageTexts: PageTexts = pages
