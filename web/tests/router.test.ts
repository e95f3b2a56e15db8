// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest'
import { safeNext } from '@/router'

describe('safeNext', () => {
  it('goes to a path of this server', () => {
    expect(safeNext('/s/abc?file=a.py')).toBe('/s/abc?file=a.py')
  })

  it('goes nowhere else', () => {
    for (const next of [
      '//evil.example',
      '/\\evil.example',
      'https://evil.example',
      'javascript:x',
      '',
      undefined,
      ['/a'],
    ]) {
      expect(safeNext(next)).toBe('/')
    }
  })
})
