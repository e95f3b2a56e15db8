/** Which browser on which system: what a User-Agent header says, in plain words. */
import { texts } from '@/texts'

/** The first that fits: browsers name those they are built on after themselves. */
const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/\bEdgA?\/|\bEdgiOS\//, 'Edge'],
  [/\bOPR\/|\bOpera\b/, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\bVivaldi\//, 'Vivaldi'],
  [/\bFirefox\/|\bFxiOS\//, 'Firefox'],
  [/Chrome\/|\bCriOS\/|\bChromium\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
]
const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b|\bMacintosh\b/, 'macOS'],
  [/\bLinux\b|\bX11\b/, 'Linux'],
]
const SCRIPT = /^(curl|wget|python|aiohttp|okhttp|node|go-http|git)\b/i

const first = (list: typeof BROWSERS, agent: string): string =>
  list.find(([pattern]) => pattern.test(agent))?.[1] ?? ''

/** The system's name; empty if it is none that we know. An iPad that asks for pages as a desktop does says macOS. */
export const systemOf = (agent: string): string => first(SYSTEMS, agent)

export function deviceOf(agent: string): string {
  const device = texts.account.device(first(BROWSERS, agent), systemOf(agent))
  return device || (SCRIPT.test(agent) ? texts.account.script : texts.account.unknownDevice)
}
