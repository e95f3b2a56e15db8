/** What just happened, for some seconds at the foot of the page. */
import { reactive, ref } from 'vue'
import { texts } from '@/texts'
import { announce } from './announce'

export interface Toast {
  id: number
  text: string
  bad: boolean
  action?: { label: string; run: () => void } | undefined
}

/** The key that leads to the button of the newest toast that has one; a command of a session's pages. */
export const TOAST_KEY = 'F6'
const STAYS = 8_000
const STAYS_WITH_ACTION = 15_000

export const toasts = reactive<Toast[]>([])
/** How often the keyboard was sent to the newest button. */
export const reached = ref(0)
const timers = new Map<number, ReturnType<typeof setTimeout>>()
let last = 0

export function toast(text: string, options: { bad?: boolean; action?: Toast['action'] } = {}): void {
  const id = ++last
  const { bad = false, action } = options
  toasts.push({ id, text, bad, action })
  if (toasts.length > 3) dismiss(toasts[0]!.id)
  announce(action ? texts.general.withAction(text, action.label, TOAST_KEY) : text)
  release(id)
}

export function dismiss(id: number): void {
  hold(id)
  const index = toasts.findIndex((entry) => entry.id === id)
  if (index >= 0) toasts.splice(index, 1)
}

/** What was said before is no longer so. */
export function dismissAll(): void {
  for (const { id } of [...toasts]) dismiss(id)
}

/** Under the pointer or with the focus a toast stays. */
export function hold(id: number): void {
  clearTimeout(timers.get(id))
  timers.delete(id)
}

export function release(id: number): void {
  hold(id)
  const entry = toasts.find((entry) => entry.id === id)
  timers.set(
    id,
    setTimeout(() => dismiss(id), entry?.action ? STAYS_WITH_ACTION : STAYS),
  )
}

/** The sentence of whatever went wrong. */
export function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
