import { describe, expect, it } from 'vitest'
import { colorOf, firstName, initials } from '@/model/people'

describe('initials', () => {
  it('takes the first and the last name, or one letter', () => {
    expect(initials('Amara Obi')).toBe('AO')
    expect(initials('inês de almeida costa')).toBe('IC')
    expect(initials('mira')).toBe('M')
    expect(initials('Amara Obi', 1)).toBe('A')
  })

  it('takes whole characters', () => {
    expect(initials('🙂 smile')).toBe('🙂S')
    expect(initials('  ')).toBe('?')
  })
})

describe('colorOf', () => {
  it('is one of eight and always the same for a name', () => {
    for (const name of ['ann', 'bob', '', 'Zoë']) {
      expect(colorOf(name)).toBe(colorOf(name))
      expect([1, 2, 3, 4, 5, 6, 7, 8]).toContain(colorOf(name))
    }
  })
})

describe('firstName', () => {
  it('is the first word', () => {
    expect([firstName('Jonas Weber'), firstName('mira')]).toEqual(['Jonas', 'mira'])
  })
})
