import { expect, it } from 'vitest'
import { explodes } from '@/editor/vimpatterns'

it.each([
  '(a+)+$',
  '(a|a)*b',
  '((a+)b)*c',
  '\\(a\\+\\)\\+',
  's/(x*)*y/z/',
  '(?:a{2,}){3,}',
  '([ab]+)*',
  '(a?a?)+$',
  '(?:a?){20}',
  '\\(a\\?a\\?\\)\\+',
  '(a{1,2}?b)+',
  'a*a*a*a*b',
  '.*.*.*x',
  '\\s+\\s*?\\s*;',
  '[ab]*[ab]*[ab]*c',
])('ED10: Vim is not given %s', (pattern) => {
  expect(explodes(pattern)).toBe(true)
})

it.each([
  'foo',
  'a+b*c',
  '(ab)+',
  '(a+)b',
  '[(a+)]+',
  'w/some file (1).txt',
  's/(\\w+) (\\w+)/$2 $1/g',
  '\\w+\\s*=',
  '(?:ab)+',
  '(?<=a)b?c',
  '(?<!x)(ab)*',
  '(a?)(b?)',
  'colou?r',
  '.*?foo.*?bar.*?',
  '.*foo.*bar.*',
  '\\s*\\w+\\s*=\\s*\\w+\\s*;',
  'a*b*a*b*',
  'a{2}{',
])('ED10: Vim is given %s', (pattern) => {
  expect(explodes(pattern)).toBe(false)
})
