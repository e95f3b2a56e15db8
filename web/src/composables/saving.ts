/** A revision on demand, for those whose fingers save. */
import { onScopeDispose, watch } from 'vue'
import { useRouter } from 'vue-router'
import { saveRevision } from '@/api/history'
import { useSession } from '@/composables/session'
import { sentence, toast } from '@/composables/toasts'
import { shortId } from '@/model/revisions'
import { texts } from '@/texts'

/** Milliseconds in which what was typed last should have arrived. */
const PATIENCE = 5_000

export interface Saving {
  /**
   * Makes a revision of everything that was typed so far, and says so; raises what the server refuses. Gives the revision that holds everything already
   * where a message came too late for it; else null.
   */
  save(about?: { message?: string; name?: string }): Promise<string | null>
  /** The same, by fingers that expect no question: what is refused is said too. */
  saveNow(): Promise<void>
}

export function useSaving(): Saving {
  const { id, live, mayEdit } = useSession()
  const router = useRouter()
  let busy = false
  let gone = false
  onScopeDispose(() => (gone = true))

  async function arrived(): Promise<void> {
    if (live.pending.value.updates === 0) return
    await new Promise<void>((resolve) => {
      const stop = watch(
        () => gone || live.pending.value.updates === 0,
        (now) => now && done(),
      )
      const timer = setTimeout(() => done(), PATIENCE)
      function done(): void {
        stop()
        clearTimeout(timer)
        resolve()
      }
    })
  }

  function said(text: string, bad = false): null {
    toast(text, { bad })
    return null
  }

  async function save(about: { message?: string; name?: string } = {}): Promise<string | null> {
    if (!mayEdit.value) return said(texts.saving.mayNot, true)
    if (live.status.value === 'online') await arrived()
    if (live.status.value !== 'online') return said(texts.saving.later)
    const { id: revision, committed: made } = await saveRevision(id, about)
    if (revision === null) return said(texts.saving.empty)
    const run = (): void => void router.push({ name: 'history', params: { id, revision } })
    const short = shortId(revision)
    // Whoever asked says what became of the name, too.
    if (!made && about.message !== undefined) return revision
    const text = made ? texts.saving.saved(short) : texts.saving.nothing(short)
    toast(about.name === undefined ? text : texts.saving.named(short, about.name), {
      action: { label: texts.saving.show, run },
    })
    return null
  }

  async function saveNow(): Promise<void> {
    if (busy) return
    busy = true
    try {
      await save()
    } catch (error) {
      toast(sentence(error), { bad: true })
    } finally {
      busy = false
    }
  }

  return { save, saveNow }
}
