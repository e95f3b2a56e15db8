import { expect, it } from 'vitest'
import { explodes } from '@/editor/vimpatterns'

it.each(['(a+)+$', '(a|a)*b', '((a+)b)*c', '\\(a\\+\\)\\+', 's/(x*)*y/z/', '(?:a{2,}){3,}', '([ab]+)*'])(
  'ED10: Vim is not given %s',
  (pattern) => {
    expect(explodes(pattern)).toBe(true)
  },
)

it.each([
  'foo',
  'a+b*c',
  '(ab)+',
  '(a+)b',
  '[(a+)]+',
  'w/some file (1).txt',
  's/(\\w+) (\\w+)/$2 $1/g',
  '\\w+\\s*=',
])('ED10: Vim is given %s', (pattern) => {
  expect(explodes(pattern)).toBe(false)
})
