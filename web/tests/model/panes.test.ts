import { describe, expect, it } from 'vitest'
import * as panes from '@/model/panes'

/** `a [b]* | [c]`: tabs, the one in front in brackets, the focused pane with a star. */
const shown = (layout: panes.Layout<string>): string =>
  layout.panes
    .map(
      ({ id, tabs, current }) =>
        tabs.map((tab) => (tab === current ? `[${tab}]` : tab)).join(' ') +
        (id === layout.focused ? '*' : ''),
    )
    .join(' | ')
const one = panes.layoutOf([{ tabs: ['a', 'b', 'c'], current: 'b' }], 0)
const two = panes.layoutOf(
  [
    { tabs: ['a', 'b', 'c'], current: 'b' },
    { tabs: ['c', 'd'], current: 'd' },
  ],
  1,
)

describe('layoutOf', () => {
  it('begins with one empty pane', () => {
    expect(shown(panes.emptyLayout())).toBe('*')
    expect(shown(panes.layoutOf([], 3))).toBe('*')
  })

  it('leaves out empty panes, and shows the first tab where none was', () => {
    const layout = panes.layoutOf<string>(
      [
        { tabs: [], current: null },
        { tabs: ['a', 'b'], current: null },
      ],
      0,
    )
    expect(shown(layout)).toBe('[a] b*')
  })
})

describe('show', () => {
  it('puts a new tab after the one in front, or where it is told, and focuses the pane', () => {
    expect(shown(panes.show(one, 1, 'x'))).toBe('a b [x] c*')
    expect(shown(panes.show(two, 1, 'x', 0))).toBe('[x] a b c* | c [d]')
    expect(shown(panes.show(panes.emptyLayout<string>(), 1, 'x'))).toBe('[x]*')
  })

  it('brings a tab to the front that is there', () => {
    expect(shown(panes.show(one, 1, 'c'))).toBe('a b [c]*')
  })
})

describe('close', () => {
  it('shows the next tab, or the last', () => {
    expect(shown(panes.close(one, 1, 'b'))).toBe('a [c]*')
    expect(shown(panes.close(panes.show(one, 1, 'c'), 1, 'c'))).toBe('a [b]*')
    expect(shown(panes.close(one, 1, 'a'))).toBe('[b] c*')
  })

  it('takes an empty pane away, and keeps the last', () => {
    const right = panes.close(panes.close(two, 2, 'c'), 2, 'd')
    expect(shown(right)).toBe('a [b] c*')
    const left = ['a', 'b', 'c'].reduce((layout, tab) => panes.close(layout, 1, tab), two)
    expect(shown(left)).toBe('c [d]*')
    expect(panes.focusedPane(left).id).toBe(2)
    expect(shown(['c', 'd'].reduce((layout, tab) => panes.close(layout, 2, tab), left))).toBe('*')
  })

  it('is done in all panes for a file that is gone', () => {
    expect(shown(panes.closeEverywhere(two, 'c'))).toBe('a [b] | [d]*')
  })
})

describe('split', () => {
  it('shows the file on the right too', () => {
    expect(shown(panes.split(one, 1, 'b'))).toBe('a [b] c | [b]*')
  })

  it('goes to the other pane if there are two', () => {
    expect(shown(panes.split(two, 2, 'd'))).toBe('a b [d] c* | c [d]')
  })
})

describe('move', () => {
  it('reorders the tabs of a pane', () => {
    expect(shown(panes.move(one, 1, 'a', 1, 3))).toBe('b c [a]*')
    expect(shown(panes.move(one, 1, 'c', 1, 0))).toBe('[c] a b*')
    expect(shown(panes.move(one, 1, 'b', 1, 1))).toBe('a [b] c*')
    expect(shown(panes.move(one, 1, 'b', 1, 2))).toBe('a [b] c*')
  })

  it('takes a tab to the other pane, once', () => {
    expect(shown(panes.move(two, 1, 'a', 2, 0))).toBe('[b] c | [a] c d*')
    expect(shown(panes.move(two, 1, 'c', 2))).toBe('a [b] | [c] d*')
  })

  it('makes the pane on the right, but not out of the only tab', () => {
    expect(shown(panes.moveAcross(one, 1, 'a'))).toBe('[b] c | [a]*')
    expect(shown(panes.moveAcross(two, 2, 'd'))).toBe('a b [d] c* | [c]')
    const alone = panes.layoutOf([{ tabs: ['a'], current: 'a' }], 0)
    expect(panes.moveAcross(alone, 1, 'a')).toBe(alone)
  })
})

describe('step', () => {
  it('goes around the ends of the focused pane', () => {
    expect(shown(panes.step(one, 1))).toBe('a b [c]*')
    expect(shown(panes.step(panes.step(one, 1), 1))).toBe('[a] b c*')
    expect(shown(panes.step(two, -1))).toBe('a [b] c | [c] d*')
  })
})

describe('join', () => {
  it('keeps all tabs, each once, and what was looked at', () => {
    expect(shown(panes.join(two))).toBe('a b c [d]*')
    expect(panes.join(one)).toBe(one)
  })
})
