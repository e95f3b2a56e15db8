import { describe, expect, it } from 'vitest'
import { fromKeymap, onMac, pressed, spell, type KeyPress } from '@/model/keys'

const press = (key: string, more: Partial<KeyPress> = {}): KeyPress => ({
  key,
  code: '',
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...more,
})

describe('pressed', () => {
  it('takes Mod for the key of the platform', () => {
    expect(pressed('Mod+P', press('p', { ctrlKey: true }), false)).toBe(true)
    expect(pressed('Mod+P', press('p', { metaKey: true }), true)).toBe(true)
    expect(pressed('Mod+P', press('p', { ctrlKey: true }), true)).toBe(false)
    expect(pressed('Mod+P', press('p', { ctrlKey: true, metaKey: true }), false)).toBe(false)
  })

  it('wants all other keys as they are written', () => {
    expect(pressed('Mod+P', press('P', { ctrlKey: true, shiftKey: true }), false)).toBe(false)
    expect(pressed('Mod+Shift+P', press('P', { ctrlKey: true, shiftKey: true }), false)).toBe(true)
    expect(pressed('Mod+P', press('p', { ctrlKey: true, altKey: true }), false)).toBe(false)
    expect(pressed('F1', press('F1'), false)).toBe(true)
    expect(pressed('F1', press('F2'), false)).toBe(false)
  })

  it('knows a key by its place where it gives another sign', () => {
    expect(pressed('Alt+W', press('∑', { altKey: true, code: 'KeyW' }), true)).toBe(true)
    expect(pressed('Mod+P', press('з', { ctrlKey: true, code: 'KeyP' }), false)).toBe(true)
    expect(pressed('Mod+\\', press('#', { ctrlKey: true, code: 'Backslash' }), false)).toBe(true)
    // Dvorak: the letter counts, not its place.
    expect(pressed('Mod+P', press('l', { ctrlKey: true, code: 'KeyP' }), false)).toBe(false)
    expect(pressed('Mod+P', press('p', { ctrlKey: true, code: 'KeyR' }), false)).toBe(true)
  })
})

describe('spell', () => {
  it('names the keys as the keyboard does', () => {
    expect(spell('Mod+Shift+P', false)).toBe('Ctrl+Shift+P')
    expect(spell('Mod+Shift+P', true)).toBe('⇧⌘P')
    expect(spell('Mod+K Mod+S', false)).toBe('Ctrl+K Ctrl+S')
    expect(spell('Alt+PageDown', false)).toBe('Alt+Page Down')
    expect(spell('Ctrl+Alt+ArrowUp', true)).toBe('⌃⌥↑')
  })
})

describe('fromKeymap', () => {
  it('reads the way of the editor', () => {
    expect(
      ['Shift-Mod-k', 'Mod-/', 'Alt-A', 'Cmd-Alt-[', 'Ctrl-Space', 'F3', 'Mod-Alt-\\'].map(fromKeymap),
    ).toEqual(['Mod+Shift+K', 'Mod+/', 'Alt+Shift+A', 'Mod+Alt+[', 'Ctrl+Space', 'F3', 'Mod+Alt+\\'])
  })
})

it('knows a Mac', () => {
  expect(['MacIntel', 'iPhone', 'Linux x86_64', 'Win32', ''].map(onMac)).toEqual([
    true,
    true,
    false,
    false,
    false,
  ])
})
