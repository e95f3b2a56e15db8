/** What just happened, for eight seconds at the foot of the page. */
import { reactive } from 'vue'
import { announce } from './announce'

export interface Toast {
  id: number
  text: string
  bad: boolean
  action?: { label: string; run: () => void } | undefined
}

const STAYS = 8_000

export const toasts = reactive<Toast[]>([])
const timers = new Map<number, ReturnType<typeof setTimeout>>()
let last = 0

export function toast(text: string, options: { bad?: boolean; action?: Toast['action'] } = {}): void {
  const id = ++last
  toasts.push({ id, text, bad: options.bad ?? false, action: options.action })
  if (toasts.length > 3) dismiss(toasts[0]!.id)
  announce(text)
  release(id)
}

export function dismiss(id: number): void {
  hold(id)
  const index = toasts.findIndex((entry) => entry.id === id)
  if (index >= 0) toasts.splice(index, 1)
}

/** Under the pointer or with the focus a toast stays. */
export function hold(id: number): void {
  clearTimeout(timers.get(id))
  timers.delete(id)
}

export function release(id: number): void {
  hold(id)
  timers.set(
    id,
    setTimeout(() => dismiss(id), STAYS),
  )
}

/** The sentence of whatever went wrong. */
export function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
