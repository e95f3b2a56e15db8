/** Parts of pages that come when they are first needed, and all of them once there is time: they are of use without the server too. */
import { defineAsyncComponent, type Component } from 'vue'
import { toast } from '@/composables/toasts'
import { texts } from '@/texts'

const AGAIN_AFTER = 3_000
const parts = new Set<() => Promise<unknown>>()

/** A component that is loaded when it is first shown. Where that cannot be it says so, and shows it as soon as it can be. */
export function later<T extends Component>(load: () => Promise<{ default: T }>): T {
  parts.add(load)
  return defineAsyncComponent({
    loader: async () => (await load()).default,
    onError(_error, again, _fail, attempt) {
      if (attempt === 1) toast(texts.errors.part, { bad: true })
      setTimeout(again, AGAIN_AFTER)
    },
  }) as unknown as T
}

/** Loads what the parts of these pages are made of, one after the other; what fails is loaded when it is needed. */
export async function loadParts(pages: readonly (() => Promise<unknown>)[]): Promise<void> {
  for (const load of pages) await load().catch(() => undefined)
  // A part that comes may bring more.
  for (const load of parts) await load().catch(() => undefined)
}
