/** Whether somebody is at the keyboard: since when not, in milliseconds by the clock, or null. */
import { onScopeDispose, ref, type Ref } from 'vue'

/** Without input for this long one is idle. */
export const IDLE_AFTER = 120_000
/** On another page for this long one is idle, from when one went there. */
export const HIDDEN_AFTER = 20_000

const SIGNS = ['keydown', 'pointerdown', 'pointermove', 'wheel', 'touchmove'] as const

export function useAttention(): Readonly<Ref<number | null>> {
  const idleSince = ref<number | null>(null)
  let last = Date.now()
  let timer: ReturnType<typeof setTimeout> | undefined

  const patience = (): number => (document.visibilityState === 'visible' ? IDLE_AFTER : HIDDEN_AFTER)

  function wait(): void {
    clearTimeout(timer)
    timer = setTimeout(check, Math.max(0, last + patience() - Date.now()))
  }

  // One timer for all input: when it rings early it is set again.
  function check(): void {
    if (Date.now() - last < patience()) return wait()
    timer = undefined
    idleSince.value = last
  }

  function here(): void {
    last = Date.now()
    idleSince.value = null
    if (timer === undefined) wait()
  }

  function looked(): void {
    if (document.visibilityState === 'visible') return here()
    if (idleSince.value !== null) return
    last = Date.now()
    wait()
  }

  for (const sign of SIGNS) window.addEventListener(sign, here, { capture: true, passive: true })
  document.addEventListener('visibilitychange', looked)
  wait()
  onScopeDispose(() => {
    clearTimeout(timer)
    for (const sign of SIGNS) window.removeEventListener(sign, here, { capture: true })
    document.removeEventListener('visibilitychange', looked)
  })
  return idleSince
}
