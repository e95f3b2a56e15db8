import { describe, expect, it } from 'vitest'
import { DEFAULTS, parsePreferences } from '@/model/preferences'

describe('parsePreferences', () => {
  it('ED6: gives back what was kept', () => {
    const mine = { ...DEFAULTS, keys: 'vim' as const, fontSize: 200, wrap: true, dark: 'dusk' }
    expect(parsePreferences(JSON.stringify(mine))).toEqual(mine)
  })

  it('ED6: takes of what was kept only what makes sense', () => {
    const kept = {
      keys: 'ed',
      fontSize: '200',
      wrap: 1,
      light: 'dusk',
      blink: false,
      other: true,
      toString: 1,
    }
    expect(parsePreferences(JSON.stringify(kept))).toEqual({ ...DEFAULTS, blink: false })
  })

  it('is as for everyone where nothing was kept, or nothing that can be read', () => {
    for (const kept of [null, '', '{', 'null', '7', '[]', '"vim"'])
      expect(parsePreferences(kept), String(kept)).toEqual(DEFAULTS)
  })
})
