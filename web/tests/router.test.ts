// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest'
import { safeNext } from '@/router'

describe('safeNext', () => {
  it('goes to a path of this server', () => {
    expect(safeNext('/s/abc?file=a.py')).toBe('/s/abc?file=a.py')
  })

  it('goes nowhere else (C6)', () => {
    for (const next of [
      '//evil.example',
      '/\t/evil.example',
      '/\n\\evil.example',
      '/./\\evil.example',
      '/..//evil.example',
      '//host//evil.example/..',
      '\\\\evil.example',
      'https:evil.example',
      '/\\evil.example',
      'https://evil.example',
      'javascript:x',
      '',
      undefined,
      ['/a'],
    ]) {
      expect(safeNext(next)).toBe('/')
    }
    expect(safeNext('/%5cevil.example')).toBe('/%5cevil.example')
  })
})
