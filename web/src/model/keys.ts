/**
 * Keys as they are written in the table of commands: `Mod+Shift+P`, and two after one another as `Mod+K Mod+S`. `Mod` is the command key of a Mac,
 * and Ctrl elsewhere.
 */

export interface KeyPress {
  readonly key: string
  readonly code: string
  readonly ctrlKey: boolean
  readonly metaKey: boolean
  readonly altKey: boolean
  readonly shiftKey: boolean
}

interface Stroke {
  mod: boolean
  ctrl: boolean
  alt: boolean
  shift: boolean
  key: string
}

/** Where the signs stand on a keyboard: with Alt, or in another script, a key gives something else. */
const PLACES: Record<string, string> = {
  '\\': 'Backslash',
  '[': 'BracketLeft',
  ']': 'BracketRight',
  '/': 'Slash',
}

export function onMac(platform: string): boolean {
  return /mac|iphone|ipad/i.test(platform)
}

function parse(stroke: string): Stroke {
  const parts = stroke.split('+')
  const key = parts.pop()!
  return {
    mod: parts.includes('Mod'),
    ctrl: parts.includes('Ctrl'),
    alt: parts.includes('Alt'),
    shift: parts.includes('Shift'),
    key,
  }
}

/** Whether what was pressed is this stroke. */
export function pressed(stroke: string, event: KeyPress, mac: boolean): boolean {
  const { mod, ctrl, alt, shift, key } = parse(stroke)
  if (event.metaKey !== (mod && mac) || event.ctrlKey !== (ctrl || (mod && !mac))) return false
  if (event.altKey !== alt || event.shiftKey !== shift) return false
  if (event.key.toLowerCase() === key.toLowerCase()) return true
  const place = /^[A-Z]$/.test(key) ? `Key${key}` : PLACES[key]
  // A letter that is typed as such is that letter, wherever it stands.
  return place === event.code && (alt || !/^[a-z]$/i.test(event.key))
}

const SIGNS: Record<string, string> = {
  ArrowUp: '↑',
  ArrowDown: '↓',
  ArrowLeft: '←',
  ArrowRight: '→',
}
const MAC_SIGNS: Record<string, string> = {
  ...SIGNS,
  Enter: '↩',
  Backspace: '⌫',
  Delete: '⌦',
  Tab: '⇥',
  Escape: '⎋',
  PageUp: '⇞',
  PageDown: '⇟',
  Home: '↖',
  End: '↘',
}
const NAMES: Record<string, string> = {
  ...SIGNS,
  Escape: 'Esc',
  Delete: 'Del',
  PageUp: 'Page Up',
  PageDown: 'Page Down',
}

/** The keys as the reader's keyboard names them: `Ctrl+Shift+P`, on a Mac `⇧⌘P`; strokes with a blank between them. */
export function spell(keys: string, mac: boolean): string {
  return keys
    .split(' ')
    .map((stroke) => {
      const { mod, ctrl, alt, shift, key } = parse(stroke)
      const name = (mac ? MAC_SIGNS : NAMES)[key] ?? (key.length === 1 ? key.toUpperCase() : key)
      if (mac) {
        return (ctrl ? '⌃' : '') + (alt ? '⌥' : '') + (shift ? '⇧' : '') + (mod ? '⌘' : '') + name
      }
      return [mod || ctrl ? 'Ctrl' : '', alt ? 'Alt' : '', shift ? 'Shift' : '', name]
        .filter(Boolean)
        .join('+')
    })
    .join(' ')
}

/** What the editor's keymap writes as `Shift-Mod-k`, in our way. A capital letter is one with Shift. */
export function fromKeymap(key: string): string {
  const parts = key.split(/-(?!$)/)
  const last = parts.pop()!
  const shift = parts.includes('Shift') || /^[A-Z]$/.test(last)
  const command = parts.includes('Mod') || parts.includes('Cmd') || parts.includes('Meta')
  return [
    command ? 'Mod' : '',
    parts.includes('Ctrl') ? 'Ctrl' : '',
    parts.includes('Alt') ? 'Alt' : '',
    shift ? 'Shift' : '',
    last.length === 1 ? last.toUpperCase() : last,
  ]
    .filter(Boolean)
    .join('+')
}
