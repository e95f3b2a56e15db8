// @vitest-environment happy-dom
import { history, undo } from '@codemirror/commands'
import { ChangeSet, EditorState, Text } from '@codemirror/state'
import { EditorView } from '@codemirror/view'
import { afterEach, beforeEach, describe, expect, it, test, vi } from 'vitest'
import type { Document } from '@/collab/document'
import { Binding, catchUp, difference } from '@/editor/binding'
import { caretsOf, presence } from '@/editor/presence'
import { Chance } from '../collab/hand'
import { socket, updates, withDocument } from '../collab/page'

const text = (value: string) => Text.of(value.split('\n'))
const made = (a: string, b: string) => {
  const change = difference(text(a), text(b))
  return change && ChangeSet.of(change, a.length).apply(text(a)).toString()
}

describe('difference', () => {
  it('makes the new text, whatever the two have in common', () => {
    for (const [a, b] of [
      ['abc', 'abXc'],
      ['aaa', 'aa'],
      ['', 'x\ny'],
      ['x\ny', ''],
      ['one\ntwo', 'one\r\ntwo'],
      ['🙂', '🙃'],
      ['a🙂b', 'a🙃b'],
      ['🙂🙂', '🙂'],
    ] as const) {
      expect(made(a, b), `${JSON.stringify(a)} → ${JSON.stringify(b)}`).toBe(b)
    }
  })

  it('is nothing for equal texts', () => {
    expect(difference(text('a\nb'), text('a\nb'))).toBeNull()
  })

  it('leaves the common ends alone and cuts no pair', () => {
    expect(difference(text('abcdef'), text('abXef'))).toMatchObject({ from: 2, to: 4 })
    expect(difference(text('a🙂b'), text('a🙃b'))).toMatchObject({ from: 1, to: 3 })
  })
})

interface Shown {
  view: EditorView
  /** How many updates the editor was given. */
  count: number
  end(): void
}

function show(document: Document): Shown {
  const binding = new Binding(document)
  const shown = { count: 0, end: () => undefined as void }
  const counting = EditorView.updateListener.of(({ transactions }) => (shown.count += transactions.length))
  const view = new EditorView({
    parent: globalThis.document.body,
    state: EditorState.create({
      doc: document.text,
      extensions: [history(), presence, binding.sending, counting],
    }),
  })
  const unfollow = binding.follow(view)
  shown.end = () => {
    unfollow()
    view.destroy()
  }
  return Object.assign(shown, { view })
}

const write = (view: EditorView, from: number, insert: string): void =>
  view.dispatch({
    changes: { from, insert },
    selection: { anchor: from + insert.length },
    userEvent: 'input.type',
  })
const caret = (client: string, at: number): object => ({
  client,
  name: client,
  display_name: client,
  color: 2,
  ranges: [[at, at]],
})

describe('what others do', () => {
  beforeEach(() => {
    vi.useFakeTimers({
      toFake: ['requestAnimationFrame', 'cancelAnimationFrame', 'setTimeout', 'clearTimeout', 'performance'],
    })
  })
  afterEach(() => {
    vi.useRealTimers()
    vi.restoreAllMocks()
  })
  const frame = (): void => void vi.advanceTimersByTime(17)

  test('CL12: within one frame is one update of the editor, with everybody’s caret where it is.', async () => {
    const [, document] = await withDocument('abcd')
    const shown = show(document)
    socket().says({ type: 'selections', doc: 1, version: 0, selections: [caret('c2', 1), caret('c3', 1)] })
    socket().says(updates(0, ['c2', 1, [1, [0, 'xx'], 3]]))
    socket().says(updates(1, ['c3', 1, [1, [0, 'y'], 5]]))
    expect(document.text.toString()).toBe('ayxxbcd')
    expect(shown.view.state.doc.toString()).toBe('abcd')
    frame()
    expect(shown.view.state.doc.toString()).toBe('ayxxbcd')
    expect(shown.count).toBe(1)
    const at = caretsOf(shown.view.state).map(({ client, ranges }) => [client, ranges[0]![1]])
    expect(at).toEqual(document.carets.map(({ client, ranges }) => [client, ranges[0]![1]]))
    expect(at).toEqual([
      ['c2', 4],
      ['c3', 2],
    ])
    shown.end()
  })

  test('CL12: without frames, as in a tab that is not seen, it is shown all the same.', async () => {
    vi.spyOn(globalThis, 'requestAnimationFrame').mockReturnValue(0)
    const [, document] = await withDocument()
    const shown = show(document)
    socket().says(updates(0, ['c2', 1, [[0, 'X'], 2]]))
    vi.advanceTimersByTime(200)
    expect(shown.view.state.doc.toString()).toBe('Xab')
    shown.end()
  })

  test('CL12: an own edit means the text that one saw; the frame that shows it is not kept up by others, the next one is.', async () => {
    const [, document] = await withDocument('abcd')
    const { view, end } = show(document)
    vi.spyOn(view, 'hasFocus', 'get').mockReturnValue(true)
    socket().says(updates(0, ['c2', 1, [[0, 'XX'], 4]]))
    write(view, 2, '!')
    expect(view.state.doc.toString()).toBe('ab!cd')
    expect(document.text.toString()).toBe('XXab!cd')
    expect(socket().take('push')).toMatchObject([{ version: 1, changes: [[4, [0, '!'], 2]] }])
    frame()
    expect(view.state.doc.toString()).toBe('ab!cd')
    frame()
    expect(view.state.doc.toString()).toBe('XXab!cd')
    undo(view)
    expect(document.text.toString()).toBe('XXabcd')
    end()
  })

  test('CL12: who types on and on sees what others do.', async () => {
    const [, document] = await withDocument('ab')
    const { view, end } = show(document)
    socket().says(updates(0, ['c2', 1, [[0, 'X'], 2]]))
    for (let i = 0; i < 3; i++) {
      write(view, view.state.doc.length, '!')
      frame()
    }
    expect(view.state.doc.toString()).toBe('Xab!!!')
    end()
  })

  test('CL12: a text that is set anew is shown at once, and nothing that waited comes after it.', async () => {
    const [client, document] = await withDocument('ab')
    const { view, end } = show(document)
    socket().says(updates(0, ['c2', 1, [[0, 'X'], 2]]))
    write(view, 2, '!')
    client.setAside(1)
    expect(view.state.doc.toString()).toBe('Xab')
    frame()
    frame()
    expect(view.state.doc.toString()).toBe('Xab')
    end()
  })

  test('CL12: 40 random runs with two views: whenever they have caught up, both show the document.', async () => {
    const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31))
    const chance = new Chance(seed)
    for (let run = 0; run < 40; run++) {
      const [client, document] = await withDocument('some\ntext')
      const views = [show(document), show(document)]
      let base = document.text
      let version = 0
      for (let step = 0; step < 15; step++) {
        const { view } = chance.of(views)
        const what = chance.below(10)
        const length = what < 4 ? base.length : view.state.doc.length
        const from = chance.below(length + 1)
        const changes = ChangeSet.of(
          { from, to: Math.min(length, from + chance.below(3)), insert: chance.of(['', 'x', 'y\nz']) },
          length,
        )
        if (what < 4) {
          if (changes.empty) continue
          base = changes.apply(base)
          const by = chance.of(['c2', 'c3'])
          socket().says(updates(version++, [by, version, changes.toJSON()]))
        } else if (what < 7) view.dispatch({ changes })
        else if (what === 7) undo(view)
        else if (what === 8) frame()
        else catchUp(view)
      }
      for (const { view } of views) {
        catchUp(view)
        expect(view.state.doc.toString(), `SEED=${seed}`).toBe(document.text.toString())
      }
      for (const { end } of views) end()
      client.stop()
    }
  }, 60_000)
})
