// @vitest-environment happy-dom
import { expect, test } from 'vitest'
import { editorCommands, takenKeys } from '@/editor/commands'
import { texts } from '@/texts'

test('every command of the editor has a title, and the keys of the keymap in force', () => {
  const commands = editorCommands(false)
  expect(commands.map(({ id }) => id).sort()).toEqual(Object.keys(texts.commands.editor).sort())
  const keys = new Map(commands.map(({ id, keys }) => [id, keys]))
  expect(keys.get('toggleComment')).toBe('Mod+/')
  expect(keys.get('findPrevious')).toBe('Shift+F3')
  expect(keys.get('deleteLine')).toBe('Mod+Shift+K')
  expect(keys.get('foldCode')).toBe('Ctrl+Shift+[')
  expect(new Map(editorCommands(true).map(({ id, keys }) => [id, keys])).get('foldCode')).toBe('Mod+Alt+[')
  expect([...keys.values()].every((key) => key !== undefined)).toBe(true)
})

test('the editor takes no key of the workspace for itself', () => {
  const workspace = [
    'Mod+P Mod+Shift+P F1 Mod+Alt+G Mod+Shift+F Mod+K Mod+S Alt+N Alt+W Alt+Shift+T',
    'Alt+PageDown Alt+PageUp Mod+\\ Alt+O Mod+B Mod+Alt+B',
  ].flatMap((keys) => keys.split(' '))
  for (const mac of [false, true]) {
    const taken = takenKeys(mac)
    expect(
      workspace.filter((key) => taken.has(key)),
      mac ? 'Mac' : 'others',
    ).toEqual([])
  }
})
