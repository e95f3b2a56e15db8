/**
 * What can be done on a session's pages, as commands: menus, keys, the palette and the dialog of keys all come from here. Whoever can do something says so with
 * `registerCommands`; the rest comes by itself.
 */
import {
  getCurrentInstance,
  inject,
  onActivated,
  onDeactivated,
  onScopeDispose,
  provide,
  ref,
  shallowRef,
  type InjectionKey,
  type Ref,
  type ShallowRef,
} from 'vue'
import { onMac, pressed } from '@/model/keys'
import type { texts } from '@/texts'

export interface Command {
  /** `place.what`; by it the palette remembers what was used. */
  id: string
  title: string
  group: keyof typeof texts.commands.groups
  /** See `model/keys`. The first is shown in menus. */
  keys?: readonly string[]
  /** Whether it can be done now. */
  when?: () => boolean
  run: () => unknown
}

export interface Commands {
  all: Readonly<ShallowRef<readonly Command[]>>
  /** The first stroke of keys whose second is awaited. */
  awaiting: Readonly<Ref<string | null>>
  add(commands: readonly Command[]): () => void
  /** False if there is no such command now. */
  run(id: string): boolean
  /** The keys of a command that is there now. */
  keysOf(id: string): string | undefined
}

export const mac = typeof navigator !== 'undefined' && onMac(navigator.platform)

const KEY: InjectionKey<Commands> = Symbol('commands')
const AWAIT_SECOND = 4_000

export function useCommands(): Commands {
  const commands = inject(KEY)
  if (!commands) throw new Error('This part belongs into the page of a session.')
  return commands
}

/** Offers commands while the component is there and not put away. */
export function registerCommands(list: readonly Command[]): void {
  const commands = useCommands()
  let remove: (() => void) | null = commands.add(list)
  const away = (): void => {
    remove?.()
    remove = null
  }
  if (getCurrentInstance()) {
    onActivated(() => (remove ??= commands.add(list)))
    onDeactivated(away)
  }
  onScopeDispose(away)
}

/** The registry of a session's pages, with its keys. */
export function provideCommands(): Commands {
  const all = shallowRef<readonly Command[]>([])
  const awaiting = ref<string | null>(null)
  let giveUp: ReturnType<typeof setTimeout> | undefined

  const can = ({ when }: Command): boolean => when?.() ?? true

  function run(id: string): boolean {
    const command = all.value.find((command) => command.id === id && can(command))
    if (command) void command.run()
    return command !== undefined
  }

  function hit(event: KeyboardEvent, first: string | null): { command?: Command; begins?: string } {
    for (const command of all.value) {
      for (const keys of command.keys ?? []) {
        const [one, two] = keys.split(' ') as [string, string?]
        const stroke = first === null ? one : one === first ? two : undefined
        if (stroke === undefined || !pressed(stroke, event, mac)) continue
        if (first === null && two !== undefined) return { begins: one }
        if (can(command)) return { command }
      }
    }
    return {}
  }

  function wait(stroke: string | null): void {
    clearTimeout(giveUp)
    awaiting.value = stroke
    if (stroke !== null) giveUp = setTimeout(() => (awaiting.value = null), AWAIT_SECOND)
  }

  /** The second stroke is ours, whatever it would do in the text. */
  function second(event: KeyboardEvent): void {
    if (awaiting.value === null || ['Control', 'Meta', 'Shift', 'Alt'].includes(event.key)) return
    const { command } = hit(event, awaiting.value)
    wait(null)
    event.preventDefault()
    event.stopPropagation()
    void command?.run()
  }

  /** What the text or a field has taken for itself is not ours. */
  function press(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.isComposing || event.getModifierState('AltGraph')) return
    const { command, begins } = hit(event, null)
    if (!command && !begins) return
    // The browser's own meaning of the key would be a surprise, also where ours has to wait.
    event.preventDefault()
    if (document.querySelector('[role="dialog"], [role="alertdialog"], [role="menu"]')) return
    if (begins) wait(begins)
    else void command?.run()
  }

  window.addEventListener('keydown', second, true)
  window.addEventListener('keydown', press)
  onScopeDispose(() => {
    clearTimeout(giveUp)
    window.removeEventListener('keydown', second, true)
    window.removeEventListener('keydown', press)
  })

  const commands: Commands = {
    all,
    awaiting,
    run,
    keysOf: (id) => all.value.find((command) => command.id === id)?.keys?.[0],
    add(list) {
      all.value = [...all.value, ...list]
      return () => {
        all.value = all.value.filter((command) => !list.includes(command))
      }
    },
  }
  provide(KEY, commands)
  return commands
}
