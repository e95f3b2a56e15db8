/** The field for files, lines and commands: whether it is open, and what it asks for; and the dialog of keys. */
import { inject, provide, ref, shallowRef, type InjectionKey, type Ref, type ShallowRef } from 'vue'

/** What the palette begins with: files, commands, lines, or the languages for the text. */
export type PaletteStart = '' | '>' | ':' | 'language'

export interface Palette {
  /** Null: closed. */
  start: Readonly<ShallowRef<PaletteStart | null>>
  open(start: PaletteStart): void
  close(): void
  keysShown: Ref<boolean>
}

const KEY: InjectionKey<Palette> = Symbol('palette')

export function usePalette(): Palette {
  const palette = inject(KEY)
  if (!palette) throw new Error('This part belongs into the workspace.')
  return palette
}

export function providePalette(): Palette {
  const start = shallowRef<PaletteStart | null>(null)
  const palette: Palette = {
    start,
    open: (value) => void (start.value = value),
    close: () => void (start.value = null),
    keysShown: ref(false),
  }
  provide(KEY, palette)
  return palette
}
