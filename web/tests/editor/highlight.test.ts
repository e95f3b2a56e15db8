import { describe, expect, it } from 'vitest'
import { highlighterOf } from '@/editor/highlight'

describe('highlighterOf', () => {
  it('gives each line its tokens, also of a string that goes over several', async () => {
    const highlight = await highlighterOf('a/b.py')
    const lines = ['def f():', '    """one', '    two"""', '    return 1']
    const tokens = highlight!(lines)
    const said = tokens.map((line, i) =>
      line.map(({ from, to, look }) => `${lines[i]!.slice(from, to)}:${look}`),
    )
    expect(said[0]).toContain('def:tok-keyword')
    expect(said[1]).toEqual(['"""one:tok-string'])
    expect(said[2]).toEqual(['    two""":tok-string'])
    expect(said[3]).toEqual(['return:tok-keyword', '1:tok-number'])
  })

  it('knows no language for an unknown name', async () => {
    expect(await highlighterOf('LICENSE-OF-SORTS')).toBeNull()
  })
})
