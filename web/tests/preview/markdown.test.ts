import { describe, expect, it } from 'vitest'
import { anchorAt } from '@/preview/preview'
import { renderMarkdown } from '@/preview/markdown'

describe('renderMarkdown', () => {
  it('PV1: colours fences of a language that is known, and leaves others as they are', async () => {
    const { html } = await renderMarkdown('```py\ndef f(): pass\n```\n\n```klingon\n<b>\n```\n')
    expect(html).toContain('<span class="tok-keyword">def</span>')
    expect(html).toContain('&lt;b&gt;')
  })

  it('PV2: takes HTML for text, and no link that runs', async () => {
    const { html } = await renderMarkdown(
      '<script>x</script> [a](javascript:x) [b](vbscript:x) [c](data:text/html,x) ![d](javascript:x)',
    )
    expect(html).not.toMatch(/<script|<a |<img/)
  })

  it('PV1: says where its lines are', async () => {
    const { anchors } = await renderMarkdown('# A b!\n\ntext\n\n# A b\n\n- one\n- two\n')
    expect(anchors).toEqual([
      { line: 1, id: 'a-b' },
      { line: 3, id: 'ct-line-3' },
      { line: 5, id: 'a-b-1' },
      { line: 7, id: 'ct-line-7' },
    ])
    expect(anchorAt(anchors, 4)?.id).toBe('ct-line-3')
    expect(anchorAt(anchors, 99)?.id).toBe('ct-line-7')
    expect(anchorAt([], 1)).toBeNull()
  })
})
