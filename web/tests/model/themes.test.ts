import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { propertiesOf, THEMES, themesFor, type EditorTheme } from '@/model/themes'

const tokens = readFileSync(new URL('../../src/styles/tokens.css', import.meta.url), 'utf-8')

/** The colours of tokens.css, in the light block or in the dark one. */
function tokensOf(dark: boolean): Record<string, string> {
  const start = dark ? tokens.indexOf(":root[data-theme='dark']") : 0
  const block = tokens.slice(start, tokens.indexOf('}', start))
  return Object.fromEntries(Array.from(block.matchAll(/(--[\w-]+): (#[0-9a-f]{6})/g), ([, k, v]) => [k, v]))
}

const colors = ({ dark, palette }: EditorTheme): Record<string, string> => ({
  ...tokensOf(dark),
  ...(palette && propertiesOf(palette)),
})

/** WCAG 2.2, relative luminance. */
function luminance(color: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = parseInt(color.slice(at, at + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!
}

function contrast(a: string, b: string): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y)
  return (high! + 0.05) / (low! + 0.05)
}

const TEXT = [
  '--syn-text',
  '--syn-keyword',
  '--syn-string',
  '--syn-number',
  '--syn-function',
  '--syn-type',
  '--syn-comment',
  '--syn-punctuation',
]

describe('themes', () => {
  it('ED9: there are three for light pages and three for dark ones, each with a name of its own', () => {
    expect(themesFor(false).length).toBeGreaterThanOrEqual(3)
    expect(themesFor(true).length).toBeGreaterThanOrEqual(3)
    expect(new Set(THEMES.map(({ id }) => id)).size).toBe(THEMES.length)
  })

  for (const theme of THEMES) {
    it(`ED9: ${theme.id} has a contrast of 4.5 for all text, also where it is selected`, () => {
      const found = colors(theme)
      for (const text of TEXT)
        for (const ground of ['--surface', '--code-line', '--code-selection'])
          expect(contrast(found[text]!, found[ground]!), `${text} on ${ground}`).toBeGreaterThanOrEqual(4.5)
      expect(contrast(found['--text-3']!, found['--surface']!), 'line numbers').toBeGreaterThanOrEqual(4.5)
      expect(contrast(found['--accent-text']!, found['--surface']!), 'caret').toBeGreaterThanOrEqual(3)
    })
  }

  it('ED9: the themes of high contrast have one of 7', () => {
    for (const theme of THEMES.filter(({ id }) => id.startsWith('contrast')))
      for (const text of TEXT)
        expect(contrast(colors(theme)[text]!, colors(theme)['--surface']!)).toBeGreaterThanOrEqual(7)
  })
})
