/** Parts of pages that come when they are first needed, and all of them once there is time: they are of use without the server too. */
import { defineAsyncComponent, type Component } from 'vue'
import { isThere } from '@/api/health'
import { toast } from '@/composables/toasts'
import { texts } from '@/texts'

const AGAIN_AFTER = 3_000
/** So often may a part not come from a server that is there: then it has another version, and not this part any more. */
const FAILURES = 2
const parts = new Set<() => Promise<unknown>>()

/**
 * A component that is loaded when it is first shown. Where that cannot be it says so, and shows it as soon as it can be; a part that the
 * server does not have needs the page to be loaded again.
 */
export function later<T extends Component>(load: () => Promise<{ default: T }>): T {
  parts.add(load)
  let failures = 0
  return defineAsyncComponent({
    loader: async () => (await load()).default,
    async onError(_error, again, _fail, attempt) {
      if (await isThere()) failures++
      else if (attempt === 1) toast(texts.errors.part, { bad: true })
      if (failures < FAILURES) return void setTimeout(again, AGAIN_AFTER)
      const run = (): void => window.location.reload()
      toast(texts.errors.partGone, { bad: true, action: { label: texts.connection.reload, run } })
    },
  }) as unknown as T
}

/** Loads what the parts of these pages are made of, one after the other; what fails is loaded when it is needed. */
export async function loadParts(pages: readonly (() => Promise<unknown>)[]): Promise<void> {
  for (const load of pages) await load().catch(() => undefined)
  // A part that comes may bring more.
  for (const load of parts) await load().catch(() => undefined)
}
