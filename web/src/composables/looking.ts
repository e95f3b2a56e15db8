/** What one looks at in the workspace: told to the others, and no longer marked as changed. */
import { computed, onScopeDispose, watch } from 'vue'
import type { Panes } from '@/composables/panes'
import type { SessionContext } from '@/composables/session'

/** `here`: the workspace is the page that is shown. */
export function useLooking(
  panes: Panes,
  { live, marks, attention }: SessionContext,
  here: () => boolean,
): void {
  const shown = computed(() =>
    here() ? panes.list.value.flatMap(({ current }) => (current ? [current] : [])) : [],
  )
  watch(
    () => shown.value.map(({ path }) => path),
    (paths) => marks.look(paths),
    { immediate: true },
  )
  watch(shown, (now, before) => {
    for (const { document } of [...before, ...now]) if (document) marks.saw(document)
  })
  watch(
    () => [here() ? (panes.file.value?.path ?? null) : null, attention.value] as const,
    ([path, idleSince]) => live.client.look(path, idleSince),
    { immediate: true },
  )
  onScopeDispose(() => marks.look([]))
}
