import { expect, test } from 'vitest'
import { labelOf } from '@/model/suspects'
import { spelledOut, visible } from '@/model/visible'

const shown = (text: string): string =>
  visible(text)
    .map(({ text, code }) => (code === undefined ? text : labelOf(code)))
    .join('')

test.each([
  ['plain\n\ttext', 'plain\n\ttext'],
  ['a\u202eb\u2066c', 'aRLObLRIc'],
  ['pass\u200bword\ufeff', 'passZWSPwordBOM'],
  ['a\u00adb', 'aSHYb'],
  ['\u{e0041}x', 'U+E0041x'],
  ['a\0b\x1b[31m', 'aNULbESC[31m'],
  ['ad\u200dmin', 'adZWJmin'],
  ['\u{1f469}\u200d\u{1f4bb}', '\u{1f469}\u200d\u{1f4bb}'],
  ['\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645', '\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645'],
  ['\u{1f469}\u200d\u200d\u{1f4bb}', '\u{1f469}ZWJZWJ\u{1f4bb}'],
  ['\u05e9\u05dc\u05d5\u05dd', '\u05e9\u05dc\u05d5\u05dd'],
  ['', ''],
])('CH8: %j is shown as %j', (text, expected) => {
  expect(shown(text)).toBe(expected)
  expect(
    visible(text)
      .map((stretch) => stretch.text)
      .join(''),
  ).toBe(text)
})

test('CH8: a wide blank is let be in prose, and is a mark in code and names', () => {
  expect(visible('Vraiment\u00a0?\u202e', true).map(({ code }) => code)).toEqual([undefined, 0x202e])
  expect(visible('a\u00a0b').map(({ code }) => code)).toEqual([undefined, 0xa0, undefined])
})

test('ED8: where no mark can be drawn, what hides is spelled out', () => {
  expect(spelledOut('invoice\u202efdp.exe')).toBe('invoice[RLO]fdp.exe')
  expect(spelledOut('d\u00e9j\u00e0 vu.txt')).toBe('d\u00e9j\u00e0 vu.txt')
})
