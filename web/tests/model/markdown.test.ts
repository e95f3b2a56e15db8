import { describe, expect, test } from 'vitest'
import { DEEPEST, isWebAddress, LONGEST, parse, type Block, type Inline } from '@/model/markdown'
import { processorSince } from '../processor'

/** A tree in few signs: `p(…)`, `em(…)`, `a[href](…)`, `code{…}`. */
function short(blocks: readonly Block[]): string {
  return blocks.map(block).join(' ')
}
function block(one: Block): string {
  if (one.type === 'paragraph') return `p(${one.children.map(inline).join('')})`
  if (one.type === 'code') return `pre[${one.language}]{${one.text}}`
  if (one.type === 'quote') return `quote(${short(one.children)})`
  return `${one.start === null ? 'ul' : `ol${one.start}`}(${one.items.map((item) => `li(${short(item)})`).join('')})`
}
function inline(one: Inline): string {
  if (one.type === 'text') return one.text
  if (one.type === 'break') return '|'
  if (one.type === 'code') return `code{${one.text}}`
  const inside = one.children.map(inline).join('')
  if (one.type === 'link') return `a[${one.href}](${inside})`
  return `${one.type === 'strong' ? 'b' : 'em'}(${inside})`
}

test.each([
  ['hello', 'p(hello)'],
  ['a\nb', 'p(a|b)'],
  ['a\n\nb', 'p(a) p(b)'],
  ['*a* **b** _c_ __d__ ***e***', 'p(em(a) b(b) em(c) b(d) em(b(e)))'],
  ['snake_case_name 2*3*4', 'p(snake_case_name 2em(3)4)'],
  ['`a *b*`', 'p(code{a *b*})'],
  ['```py\nx = 1\n```', 'pre[py]{x = 1}'],
  ['```py title\n  a\n\nb', 'pre[py]{  a\n\nb}'],
  ['    four spaces', 'p(four spaces)'],
  ['> a\n> b', 'quote(p(a|b))'],
  ['- a\n- b', 'ul(li(p(a))li(p(b)))'],
  ['3. a\n4. b\n   - c', 'ol3(li(p(a))li(p(b) ul(li(p(c)))))'],
  ['# no title', 'p(# no title)'],
  ['a\n---', 'p(a|---)'],
  ['\\*a\\*', 'p(*a*)'],
  ['see https://a.test/b_c_d*e*f.', 'p(see a[https://a.test/b_c_d*e*f](https://a.test/b_c_d*e*f).)'],
  ['(http://a.test/x)', 'p((a[http://a.test/x](http://a.test/x)))'],
  ['[the *page*](https://a.test)', 'p(a[https://a.test](the em(page)))'],
  ['<https://a.test>', 'p(a[https://a.test](https://a.test))'],
  ['a.test and a@b.test', 'p(a.test and a@b.test)'],
  ['![alt](https://a.test/x.png)', 'p(!a[https://a.test/x.png](alt))'],
  ['', ''],
])('CH8: %j is read as %j', (text, expected) => {
  expect(short(parse(text))).toBe(expected)
})

describe('CH8: nothing that a browser would run', () => {
  test.each([
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '<b>bold</b> <!-- c --> <a href="https://a.test">x</a>',
    '&lt;script&gt; &#60;b&#62;',
  ])('%j stays text', (text) => {
    const found = JSON.stringify(parse(text))
    expect(found).not.toContain('"type":"html')
    expect(short(parse(text)).replace(/a\[.*?\]\((.*?)\)/g, '$1')).toBe(`p(${text})`)
  })

  test.each([
    '[x](javascript:alert(1))',
    '[x](JaVaScRiPt:alert(1))',
    '[x](&#106;avascript:alert(1))',
    '[x](data:text/html,<script>alert(1)</script>)',
    '[x](vbscript:x)',
    '[x](//evil.test)',
    '[x](/relative)',
    '[x](file:///etc/passwd)',
    '<javascript:alert(1)>',
    '[x](\tjavascript:alert(1))',
    '[x](http:evil)',
    'mailto:a@b.test //a.test ftp://a.test',
  ])('%j is no link', (text) => {
    expect(JSON.stringify(parse(text))).not.toContain('"link"')
  })

  test.each(['https://a.test', 'HTTP://a.test/x?y#z'])('%s is a web address', (address) => {
    expect(isWebAddress(address)).toBe(true)
  })
  test.each(['javascript:alert(1)', 'https://', 'https:a', ' https://a.test', 'data:,x', ''])(
    '%j is none',
    (address) => {
      expect(isWebAddress(address)).toBe(false)
    },
  )
})

describe('CH9: hostile texts are read quickly, and not deeply', () => {
  const hostile: Record<string, string> = {
    stars: '*'.repeat(65_536),
    'open stars': '*a'.repeat(30_000),
    'nested strong': '**a'.repeat(8_000) + '**'.repeat(8_000),
    'nested emphasis': '*'.repeat(30_000) + 'a' + '*'.repeat(30_000),
    brackets: '['.repeat(65_536),
    'open links': '[a]('.repeat(16_000),
    ticks: '`'.repeat(65_536),
    'growing ticks': Array.from({ length: 350 }, (_, i) => '`'.repeat(i)).join(' '),
    quotes: '> '.repeat(32_000),
    'quotes by line': Array.from({ length: 300 }, (_, i) => '>'.repeat(i) + ' a').join('\n'),
    lists: '- '.repeat(32_000),
    'nested list': Array.from({ length: 250 }, (_, i) => '  '.repeat(i) + '- a').join('\n'),
    addresses: 'http://'.repeat(9_000),
    angles: '<http://a'.repeat(7_000),
    lines: 'a\n'.repeat(32_000),
    fences: '```\n'.repeat(16_000),
  }
  function depth(value: unknown): number {
    if (typeof value !== 'object' || value === null) return 0
    return 1 + Math.max(0, ...Object.values(value).map(depth))
  }
  test.each(Object.entries(hostile))('%s', (_name, text) => {
    const begin = process.cpuUsage()
    const tree = parse(text)
    expect(processorSince(begin)).toBeLessThan(1500)
    // Each level is a form, its children and, in lists, their items.
    expect(depth(tree)).toBeLessThan(4 * (2 * DEEPEST + 4))
    expect(tree.length).toBeGreaterThan(0)
  })

  test('a text that is too long is shown as it is', () => {
    const text = '*a* '.repeat(LONGEST)
    expect(parse(text)).toEqual([{ type: 'paragraph', children: [{ type: 'text', text }] }])
  })

  test.each(['> '.repeat(500) + 'x', '- '.repeat(300) + 'x', '> '.repeat(15) + 'x'])(
    'nothing of what is quoted too deeply is lost',
    (text) => {
      expect(JSON.stringify(parse(text))).toContain('x')
    },
  )

  test('nothing of what is nested too deeply is lost', () => {
    const text = '*a **b '.repeat(40) + '** *'.repeat(40)
    expect(JSON.stringify(parse(text)).match(/[ab] /g)?.length).toBe(80)
  })
})
