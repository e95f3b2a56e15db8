/** What can be done with a revision: put things back as they were, undo it alone, and take that back again. */
import { onActivated, onDeactivated, onScopeDispose, ref, shallowRef, type Ref, type ShallowRef } from 'vue'
import { restore, revert } from '@/api/history'
import { ApiError } from '@/api/request'
import type { LeftOut, Made, RevertPlace, Undone } from '@/api/types'
import { me } from '@/composables/me'
import { useSession } from '@/composables/session'
import { sentence, toast } from '@/composables/toasts'
import { placesOf } from '@/model/reverting'
import { shortId } from '@/model/revisions'
import { baseName } from '@/model/tree'
import { texts } from '@/texts'

export type Act = { kind: 'restore'; path: string | null } | ({ kind: 'revert'; files: string[] } & Undone)

export interface Acting {
  /** What is asked about before it is done; null: nothing. */
  asked: Readonly<ShallowRef<Act | null>>
  /** What stands in the way of the last revert; null: nothing. */
  conflict: Readonly<ShallowRef<{ sentence: string; places: readonly RevertPlace[] } | null>>
  busy: Readonly<Ref<boolean>>
  refused: Readonly<Ref<string>>
  /** Does it, where it is small; where it concerns much, or files in which others are just now, it asks first. */
  ask(act: Act): void
  /** Does what was asked about. */
  go(): Promise<void>
  dismiss(): void
}

/** Others who have one of these files in front just now; of all files without paths. */
export function useOthersIn(): (paths: readonly string[] | null) => string[] {
  const { live } = useSession()
  return (paths) =>
    live.people.value
      .filter(
        ({ name, path }) => name !== me.value?.name && path !== null && (!paths || paths.includes(path)),
      )
      .map(({ display_name }) => display_name)
}

/** Tells what could not be brought back. */
function missed(left: readonly LeftOut[] = []): void {
  if (left.length) toast(texts.acting.leftOut(left.map(({ path }) => path)), { bad: true })
}

/** Tells what was done, with a button that takes it back; `stopped` hears what stood in the way. */
export function useTakingBack(
  stopped: (error: unknown) => void = (error) => toast(sentence(error), { bad: true }),
): (text: string, made: Made) => void {
  const { id } = useSession()

  function said(text: string, { id: made, left_out }: Made): void {
    toast(text, { action: { label: texts.acting.undo, run: () => void takeBack(made) } })
    missed(left_out)
  }

  async function takeBack(made: string): Promise<void> {
    try {
      const again = await revert(id, { revision: made })
      if (again.made) said(texts.acting.takenBack, again)
      else toast(texts.acting.nothingLeft)
    } catch (error) {
      stopped(error)
    }
  }

  return said
}

export function useActing(revision: () => string, restored: (path: string | null) => void): Acting {
  const { id } = useSession()
  const othersIn = useOthersIn()
  const asked = shallowRef<Act | null>(null)
  const conflict = shallowRef<{ sentence: string; places: readonly RevertPlace[] } | null>(null)
  const busy = ref(false)
  const refused = ref('')
  /** Whether the page is shown: what is taken back later, from another page, has no dialog here. */
  let here = true
  onActivated(() => (here = true))
  onDeactivated(() => (here = false))
  onScopeDispose(() => (here = false))

  const said = useTakingBack(stopped)

  function stopped(error: unknown): void {
    const places =
      error instanceof ApiError && error.code === 'revert_conflict' ? placesOf(error.details) : null
    if (places && here) {
      asked.value = null
      conflict.value = { sentence: sentence(error), places }
    } else if (asked.value) refused.value = sentence(error)
    else toast(sentence(error), { bad: true })
  }

  async function go(act = asked.value): Promise<void> {
    if (!act || busy.value) return
    busy.value = true
    refused.value = ''
    const short = shortId(revision())
    try {
      if (act.kind === 'restore') {
        const made = await restore(id, revision(), act.path ?? undefined)
        const what = act.path ? (baseName(act.path) ?? '') : texts.history.theSession
        if (made.made) said(texts.workspace.toastRestored(what, short), made)
        else {
          toast(texts.acting.alreadySo(what, short))
          missed(made.left_out)
        }
        restored(act.path)
      } else {
        const { path, range } = act
        const made = await revert(id, {
          revision: revision(),
          ...(path !== undefined && { path }),
          ...(range && { range }),
        })
        const name = path ? (baseName(path) ?? '') : ''
        const words = range ? texts.acting.revertedHunk(short, name) : texts.acting.reverted(short, name)
        if (made.made) said(words, made)
        else {
          toast(texts.acting.nothingLeft)
          missed(made.left_out)
        }
      }
      asked.value = null
    } catch (error) {
      stopped(error)
    } finally {
      busy.value = false
    }
  }

  return {
    asked,
    conflict,
    busy,
    refused,
    ask(act) {
      refused.value = ''
      const small = act.kind === 'revert' && act.files.length < 2 && othersIn(act.files).length === 0
      if (small) void go(act)
      else asked.value = act
    },
    go: () => go(),
    dismiss() {
      asked.value = null
      conflict.value = null
    },
  }
}
