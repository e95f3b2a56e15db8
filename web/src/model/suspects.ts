/** Characters that deceive the eye: they turn the direction of the text, cannot be seen, or look like a blank. */

/** Scripts whose letters are joined, or kept apart, by the two joiners. */
const JOINING =
  '\\p{Script=Arabic}\\p{Script=Syriac}\\p{Script=Mongolian}\\p{Script=Devanagari}\\p{Script=Bengali}\\p{Script=Gurmukhi}' +
  '\\p{Script=Gujarati}\\p{Script=Oriya}\\p{Script=Tamil}\\p{Script=Telugu}\\p{Script=Kannada}\\p{Script=Malayalam}' +
  '\\p{Script=Sinhala}\\p{Script=Khmer}\\p{Script=Myanmar}\\p{Script=Tibetan}'

/**
 * One of them. A joiner is none where a script or an emoji is made with it, nor is the selector that makes a sign an
 * emoji; a tab and a line break are none.
 */
export const SUSPECT = new RegExp(
  [
    // Control characters, and all that only formats: soft hyphen, marks and overrides of direction, zero widths, tags.
    '(?![\\t\\n\\u200c\\u200d])[\\p{Cc}\\p{Cf}]',
    '\\u200d(?!(?<=[\\p{Extended_Pictographic}\\u{1f3fb}-\\u{1f3ff}\\ufe0f]\\u200d)\\p{Extended_Pictographic})' +
      `(?!(?<=[${JOINING}]\\u200d))`,
    `\\u200c(?!(?<=[${JOINING}]\\u200c)[${JOINING}])`,
    // Line and paragraph separator, and blanks that are not the one of the space bar.
    '[\\u2028\\u2029\\u00a0\\u1680\\u2000-\\u200a\\u202f\\u205f\\u3000]',
    // Letters of no shape, and selectors of a shape where there is nothing to choose.
    '[\\u034f\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180d\\u180f\\u2800\\u3164\\uffa0\\ufffc]',
    '(?<![\\p{Extended_Pictographic}\\p{Emoji}])[\\ufe00-\\ufe0f]',
    '[\\u{e0100}-\\u{e01ef}]',
  ].join('|'),
  'gu',
)

const LABELS: Record<number, string> = {
  0x00: 'NUL',
  0x07: 'BEL',
  0x08: 'BS',
  0x0b: 'VT',
  0x0c: 'FF',
  0x0d: 'CR',
  0x1b: 'ESC',
  0x7f: 'DEL',
  0x85: 'NEL',
  0xa0: 'NBSP',
  0xad: 'SHY',
  0x061c: 'ALM',
  0x180e: 'MVS',
  0x200b: 'ZWSP',
  0x200c: 'ZWNJ',
  0x200d: 'ZWJ',
  0x200e: 'LRM',
  0x200f: 'RLM',
  0x2028: 'LSEP',
  0x2029: 'PSEP',
  0x202a: 'LRE',
  0x202b: 'RLE',
  0x202c: 'PDF',
  0x202d: 'LRO',
  0x202e: 'RLO',
  0x202f: 'NNBSP',
  0x2060: 'WJ',
  0x2066: 'LRI',
  0x2067: 'RLI',
  0x2068: 'FSI',
  0x2069: 'PDI',
  0x3000: 'IDSP',
  0xfeff: 'BOM',
}

/** What is written on the chip: the character's usual abbreviation, or its number. */
export const labelOf = (code: number): string => LABELS[code] ?? numberOf(code)

/** As Unicode writes it: `U+202E`. */
export const numberOf = (code: number): string => `U+${code.toString(16).toUpperCase().padStart(4, '0')}`
