import { describe, expect, it } from 'vitest'
import { fileMeant, previewKind } from '@/preview/kinds'

describe('previewKind', () => {
  it('PV1: goes by the end of the name', () => {
    expect(previewKind('docs/README.MD')).toBe('markdown')
    expect(previewKind('index.htm')).toBe('html')
    expect(previewKind('a.b.svg')).toBe('svg')
    for (const path of ['main.py', 'md', 'x.svg/readme', 'a.constructor'])
      expect(previewKind(path)).toBeNull()
  })
})

describe('fileMeant', () => {
  it('PV1: is beside the file, above it, or from the top of the session', () => {
    expect(fileMeant('docs/a.md', 'b.png')).toBe('docs/b.png')
    expect(fileMeant('docs/a.md', './im%20g/b.png?x#y')).toBe('docs/im g/b.png')
    expect(fileMeant('docs/a.md', '../b.png')).toBe('b.png')
    expect(fileMeant('docs/a.md', '/b.png')).toBe('b.png')
  })

  it('PV2: is nothing elsewhere, and nothing outside of the session', () => {
    for (const reference of [
      'https://x.example/b.png',
      '//x.example/b.png',
      'javascript:1',
      'data:,x',
      '..\\..\\b',
      '../../b.png',
      '%2e%2e/%2e%2e/b.png',
      '%zz',
      '',
      '#top',
    ])
      expect(fileMeant('docs/a.md', reference), reference).toBeNull()
  })
})
