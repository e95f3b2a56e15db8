import { expect, test } from 'vitest'
import { parse } from '@/model/markdown'
import { wordsOf } from '@/model/plaintext'

test.each([
  ['**Why** is `two` here?', 'Why is two here?'],
  ['See [the page](https://example.org)\nand more', 'See the page and more'],
  ['> quoted\n\n- one\n- *two*\n\n```py\nx = 1\n```', 'quoted one two x = 1'],
  ['a * b < c', 'a * b < c'],
  ['', ''],
])('CW8: of %j a list shows %j', (text, words) => {
  expect(wordsOf(parse(text))).toBe(words)
})
