/** Dates as the reader says them. All functions take the reader's zone from the system. */
import { locale } from '@/texts'

const cache = new Map<string, Intl.DateTimeFormat>()

function format(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = JSON.stringify(options)
  let found = cache.get(key)
  if (!found) cache.set(key, (found = new Intl.DateTimeFormat(locale, options)))
  return found
}

const words = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })
const short = new Intl.RelativeTimeFormat(locale, { numeric: 'always', style: 'narrow' })

const DAY = 86_400_000

/** Whole days between two moments by the calendar: yesterday is −1 whatever the hour. */
export function daysApart(at: Date, now: Date): number {
  const midnight = (date: Date): number => Date.UTC(date.getFullYear(), date.getMonth(), date.getDate())
  return Math.round((midnight(at) - midnight(now)) / DAY)
}

/** `14:08` */
export function timeOf(at: Date): string {
  return format({ hour: '2-digit', minute: '2-digit' }).format(at)
}

/** `Today, 23 November`, `Friday, 20 November`, `3 October 2025` */
export function dayOf(at: Date, now: Date): string {
  const apart = daysApart(at, now)
  const date = format({ day: 'numeric', month: 'long' }).format(at)
  if (apart === 0 || apart === -1) return `${capital(words.format(apart, 'day'))}, ${date}`
  if (apart < 0 && apart > -7) return `${format({ weekday: 'long' }).format(at)}, ${date}`
  return at.getFullYear() === now.getFullYear()
    ? date
    : format({ day: 'numeric', month: 'long', year: 'numeric' }).format(at)
}

/** `today, 14:08`; `tomorrow, 9:00`; `20 November, 14:08` */
export function momentOf(at: Date, now: Date): string {
  const apart = daysApart(at, now)
  const day =
    Math.abs(apart) <= 1
      ? words.format(apart, 'day')
      : format({
          day: 'numeric',
          month: 'long',
          ...(at.getFullYear() === now.getFullYear() ? {} : { year: 'numeric' }),
        }).format(at)
  return `${day}, ${timeOf(at)}`
}

/** `3s ago`, `2min ago`, then the moment itself. */
export function agoOf(at: Date, now: Date): string {
  const seconds = Math.max(0, Math.round((now.getTime() - at.getTime()) / 1000))
  if (seconds < 1) return words.format(0, 'second')
  if (seconds < 60) return short.format(-seconds, 'second')
  if (seconds < 3600) return short.format(-Math.floor(seconds / 60), 'minute')
  return capital(momentOf(at, now))
}

/** The whole date and time, for a tooltip. */
export function fullOf(at: Date): string {
  return format({ dateStyle: 'full', timeStyle: 'medium' }).format(at)
}

/** Only the date: `23 Nov 2026`. */
export function dateOf(at: Date): string {
  return format({ dateStyle: 'medium' }).format(at)
}

export interface Day<T> {
  /** The calendar day, `2026-11-23`. */
  key: string
  label: string
  items: T[]
}

/** Items in their order, cut where the calendar day changes. */
export function byDay<T>(items: readonly T[], at: (item: T) => Date, now: Date): Day<T>[] {
  const days: Day<T>[] = []
  for (const item of items) {
    const date = at(item)
    const key = [date.getFullYear(), date.getMonth() + 1, date.getDate()]
      .map((n) => String(n).padStart(2, '0'))
      .join('-')
    const last = days[days.length - 1]
    if (last?.key === key) last.items.push(item)
    else days.push({ key, label: dayOf(date, now), items: [item] })
  }
  return days
}

function capital(text: string): string {
  return text.charAt(0).toLocaleUpperCase(locale) + text.slice(1)
}
