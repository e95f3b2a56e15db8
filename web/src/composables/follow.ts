/** Going to where somebody is, and going along with them until one does something oneself (PR7). */
import { computed, onScopeDispose, ref, shallowRef, watch, type ComputedRef } from 'vue'
import { announce } from '@/composables/announce'
import type { Live } from '@/composables/live'
import { toast } from '@/composables/toasts'
import type { Editor } from '@/editor/editor'
import type { Here } from '@/model/presence'
import { texts } from '@/texts'

/** What the workspace lends: the pane that is gone along in. */
export interface Hands {
  open(path: string): void
  path(): string | null
  editor(): Editor | null
}

export interface Follow {
  /** Who is followed. */
  person: ComputedRef<Here | null>
  start(name: string): void
  stop(): void
  /** Puts one's caret where theirs is. */
  goTo(person: Here): void
  /** The workspace is there, until the returned function is called. */
  lend(hands: Hands): () => void
}

/** Who reloads the page, or has a short break, is not gone. */
const GONE_AFTER = 5_000
const MODIFIERS = new Set(['Shift', 'Control', 'Alt', 'Meta', 'CapsLock', 'NumLock'])

/** `toWorkspace` shows the workspace, if another page is shown. */
export function useFollow(live: Live, toWorkspace: () => Promise<unknown>): Follow {
  const name = ref<string | null>(null)
  const hands = shallowRef<Hands | null>(null)
  const last = shallowRef<Here | null>(null)
  const going = shallowRef<Here | null>(null)
  const here = computed(() => live.people.value.find((one) => one.name === name.value) ?? null)
  const person = computed(() => (name.value === null ? null : (here.value ?? last.value)))
  let taken: string | null = null
  let gone: ReturnType<typeof setTimeout> | undefined

  function start(who: string): void {
    const found = live.people.value.find((one) => one.name === who)
    if (!found) return
    stop()
    last.value = found
    name.value = who
    taken = hands.value?.path() ?? null
    announce(texts.presence.followingNow(found.display_name))
    void toWorkspace().then(goAlong)
  }

  function stop(): void {
    if (name.value === null) return
    clearTimeout(gone)
    gone = undefined
    name.value = null
    hands.value?.editor()?.follow(null)
  }

  function stopSaying(): void {
    const who = person.value?.display_name
    stop()
    if (who !== undefined) announce(texts.presence.followingEnded(who))
  }

  /** To their file; the editor of it does the rest. */
  function goAlong(): void {
    const { value: to } = here
    if (!to || !hands.value) return
    if (to.path !== null && to.path !== hands.value.path()) {
      if (!live.files.value.some(({ path }) => path === to.path)) return
      taken = to.path
      hands.value.open(to.path)
    }
    hands.value.editor()?.follow(to.path === hands.value.path() ? to.client : null)
  }

  async function goTo(to: Here): Promise<void> {
    stop()
    await toWorkspace()
    if (to.path === null || !hands.value) return
    going.value = to
    hands.value.open(to.path)
    arrive()
  }

  function arrive(): void {
    const { value: to } = going
    const editor = hands.value?.editor()
    if (!to || !editor || hands.value?.path() !== to.path) return
    going.value = null
    // After what led here has given the focus back.
    setTimeout(() => editor.goTo(to.client))
  }

  watch(here, (now) => {
    if (name.value === null) return
    if (now) {
      clearTimeout(gone)
      gone = undefined
      last.value = now
      goAlong()
    } else {
      gone ??= setTimeout(() => {
        const who = last.value?.display_name ?? ''
        stop()
        toast(texts.presence.followedLeft(who))
      }, GONE_AFTER)
    }
  })
  watch(
    () => [hands.value?.path() ?? null, hands.value?.editor() ?? null] as const,
    ([path]) => {
      arrive()
      if (name.value === null) return
      // A file that one has chosen oneself.
      if (path !== taken && path !== here.value?.path) stopSaying()
      else goAlong()
    },
  )

  function act(event: Event): void {
    if (name.value === null) return
    const target = event.target as Element | null
    if (event instanceof KeyboardEvent) {
      if (MODIFIERS.has(event.key)) return
      const typing = target === document.body || target?.closest('.cm-editor')
      if (event.key === 'Escape' ? !target?.closest('[role="dialog"], [role="menu"]') : typing) stopSaying()
    } else if (target?.closest('.cm-editor')) stopSaying()
  }

  const ACTS = ['keydown', 'pointerdown', 'wheel', 'touchmove'] as const
  for (const type of ACTS) document.addEventListener(type, act, { capture: true, passive: true })
  onScopeDispose(() => {
    clearTimeout(gone)
    for (const type of ACTS) document.removeEventListener(type, act, { capture: true })
  })

  return {
    person,
    start,
    stop: stopSaying,
    goTo: (to) => void goTo(to),
    lend(lent) {
      hands.value = lent
      return () => {
        stop()
        if (hands.value === lent) hands.value = null
      }
    },
  }
}
