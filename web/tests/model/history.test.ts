import { describe, expect, it } from 'vitest'
import { EVERYTHING, filterOf, isEverything, matching, queryOf, sameFilter } from '@/model/history'

describe('the filter in the address', () => {
  it('comes back as it was', () => {
    const filter = {
      path: 'src/a b.py',
      authors: ['ann', 'x@y'],
      since: '2026-11-23T08:00:00.000Z',
      until: '2026-11-23T09:00:00.000Z',
      text: 'fix',
    }
    expect(filterOf(queryOf(filter))).toEqual(filter)
    expect(filterOf({})).toEqual(EVERYTHING)
    expect(queryOf(EVERYTHING)).toEqual({})
  })

  it('keeps what is not its own', () => {
    expect(queryOf({ ...EVERYTHING, path: 'a' }, { line: '7', path: 'b', q: 'x' })).toEqual({
      line: '7',
      path: 'a',
    })
  })

  it('leaves out what cannot be', () => {
    expect(isEverything(filterOf({ since: 'yesterday', path: '', q: null, author: [null, ''] }))).toBe(true)
    expect(filterOf({ path: ['a', 'b'], author: ['ann', 'ann'] })).toMatchObject({
      path: 'a',
      authors: ['ann'],
    })
  })

  it('is the same whatever the order of its parts', () => {
    const { path, ...rest } = EVERYTHING
    expect(sameFilter({ ...rest, path }, EVERYTHING)).toBe(true)
    expect(sameFilter({ ...EVERYTHING, path: 'a' }, EVERYTHING)).toBe(false)
  })
})

describe('files by their words', () => {
  const paths = ['docs/lexer/notes.md', 'src/lexer.py', 'src/parser.py', 'tests/test_lexer.py']

  it('have all of them, with one in the name first', () => {
    expect(matching(paths, 'LEX', 9)).toEqual(['src/lexer.py', 'tests/test_lexer.py', 'docs/lexer/notes.md'])
    expect(matching(paths, 'src lex', 9)).toEqual(['src/lexer.py'])
    expect(matching(paths, 'nothing', 9)).toEqual([])
  })

  it('are at most so many, and the first without words', () => {
    expect(matching(paths, '', 2)).toEqual(paths.slice(0, 2))
    expect(matching(paths, 'py', 2)).toEqual(['src/lexer.py', 'src/parser.py'])
  })
})
