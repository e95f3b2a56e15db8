import { expect, it } from 'vitest'
import { parseWish } from '@/model/wish'

it('tells files, commands and lines apart', () => {
  expect(parseWish('')).toEqual({ kind: 'file', query: '', line: null, column: null })
  expect(parseWish(' par py ')).toEqual({ kind: 'file', query: 'par py', line: null, column: null })
  expect(parseWish('>')).toEqual({ kind: 'command', query: '' })
  expect(parseWish('> split ')).toEqual({ kind: 'command', query: 'split' })
  expect(parseWish(':')).toEqual({ kind: 'line', line: null, column: null })
  expect(parseWish(':12')).toEqual({ kind: 'line', line: 12, column: null })
  expect(parseWish(':12:5')).toEqual({ kind: 'line', line: 12, column: 5 })
  expect(parseWish('parser.py:12')).toEqual({ kind: 'file', query: 'parser.py', line: 12, column: null })
  expect(parseWish('parser.py:12:5')).toEqual({ kind: 'file', query: 'parser.py', line: 12, column: 5 })
  expect(parseWish('a:b')).toEqual({ kind: 'file', query: 'a:b', line: null, column: null })
})
