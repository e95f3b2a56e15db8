import { describe, expect, it } from 'vitest'
import type { Said } from '@/api/comments'
import { byFile, matches, threadsOf, unreadOf, withComment } from '@/model/threads'

const said = (id: string, thread = id, more: Partial<Said> = {}): Said => ({
  id,
  parent: id === thread ? null : thread,
  thread,
  path: 'a.py',
  revision: 'f'.repeat(40),
  range: { start_line: 1, start_column: 1, end_line: 1, end_column: 5 },
  anchor: null,
  said: { path: 'a.py', range: null, quote: '' },
  author: { name: 'ann', display_name: 'Ann', email: '' },
  at: `2026-11-23T10:00:0${id.length}.000Z`,
  edited_at: null,
  text: id,
  mentions: [],
  resolved: false,
  outdated: false,
  deleted: false,
  ...more,
})

describe('threads', () => {
  it('CM9: a page is read as threads, each with its replies', () => {
    const [first, second] = threadsOf([said('b'), said('bb', 'b'), said('a')])
    expect([first!.id, first!.replies.map(({ id }) => id), second!.id]).toEqual(['b', ['bb'], 'a'])
  })

  it('CM4: a reply tells of the place and the state of its thread', () => {
    const [thread] = threadsOf([said('a')])
    const now = withComment(thread!, said('aa', 'a', { resolved: true, outdated: true, range: null }))!
    expect([now.root.resolved, now.root.outdated, now.root.range]).toEqual([true, true, null])
    expect(now.root.text).toBe('a')
    expect(now.replies.map(({ id }) => id)).toEqual(['aa'])
  })

  it('CM6: what is unread stays so when it is told anew', () => {
    const [thread] = threadsOf([said('a', 'a', { unread: true })])
    const edited = withComment(thread!, said('a', 'a', { text: 'other' }))!
    expect(unreadOf(edited)).toEqual(['a'])
    expect(unreadOf(withComment(edited, { ...edited.root, unread: false })!)).toEqual([])
  })

  it('NO8: a deleted first comment stays while there are replies', () => {
    const [thread] = threadsOf([said('a'), said('aa', 'a')])
    const gone = withComment(thread!, said('a', 'a', { deleted: true, text: '' }))!
    expect(gone.root.deleted).toBe(true)
    expect(withComment(gone, said('aa', 'a', { deleted: true, text: '' }))).toBeNull()
  })

  it('CM9: filters know what is open, mine and of a file', () => {
    const [thread] = threadsOf([said('a'), said('aa', 'a', { mentions: ['bob'] })])
    expect(matches(thread!, 'open', 'bob', null)).toBe(true)
    expect(matches(thread!, 'resolved', 'bob', null)).toBe(false)
    expect(matches(thread!, 'mine', 'bob', null)).toBe(true)
    expect(matches(thread!, 'mine', 'eve', null)).toBe(false)
    expect(matches(thread!, 'file', 'bob', 'a.py')).toBe(true)
    expect(matches(thread!, 'file', 'bob', 'b.py')).toBe(false)
  })

  it('CM9: groups stand in the order of their newest thread', () => {
    const list = threadsOf([said('a', 'a', { path: 'b.py' }), said('b'), said('c', 'c', { path: 'b.py' })])
    expect(byFile(list).map(({ path, threads }) => [path, threads.length])).toEqual([
      ['b.py', 2],
      ['a.py', 1],
    ])
  })
})
