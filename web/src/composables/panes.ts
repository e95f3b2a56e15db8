/** The panes of the workspace: which files stand in them as tabs, the editors in them, and what is kept of it in the browser. */
import {
  computed,
  inject,
  onScopeDispose,
  provide,
  shallowReactive,
  shallowRef,
  watch,
  type ComputedRef,
  type InjectionKey,
  type Ref,
  type ShallowRef,
} from 'vue'
import type { Live } from '@/composables/live'
import { useOpenFiles, type OpenFile } from '@/composables/openfiles'
import type { Editor, EditorFacts, Place } from '@/editor/editor'
import { parseKept, type Kept } from '@/model/kept'
import * as layouts from '@/model/panes'

export type { OpenFile } from '@/composables/openfiles'
export type FilePane = layouts.Pane<OpenFile>

/** What `open` does besides: where to in the text, and whether the keyboard goes there too; in the other pane, which is made if need be. */
export interface OpenOptions {
  at?: Place
  focus?: boolean
  beside?: boolean
}

export interface Panes {
  /** All that are open, each once. */
  files: readonly OpenFile[]
  list: ComputedRef<readonly FilePane[]>
  focused: ComputedRef<FilePane>
  /** What the focused pane shows: the file that commands and the status bar speak about. */
  file: ComputedRef<OpenFile | null>
  /** Its editor, if it is a text that has been loaded. */
  editor: ComputedRef<Editor | null>
  facts: ComputedRef<EditorFacts | null>
  /** The paths that were looked at, the last first. */
  recent: Readonly<ShallowRef<readonly string[]>>
  /** Whether there is a tab that `reopen` brings back. */
  closedSome: ComputedRef<boolean>
  /** The tab that the pointer drags. */
  dragged: ShallowRef<{ pane: number; file: OpenFile } | null>
  /** Shows a file in the focused pane. */
  open(path: string, options?: OpenOptions): void
  /** The keyboard goes to the text of the focused pane, as soon as it is there. */
  focusText(): void
  focus(pane: number): void
  show(pane: number, file: OpenFile): void
  close(pane: number, file: OpenFile): void
  closeEverywhere(file: OpenFile): void
  /** All tabs of the focused pane, but for the one to keep. */
  closeAll(but?: OpenFile | null): void
  reopen(): void
  /** Shows the file in the other pane too. */
  split(pane?: FilePane, file?: OpenFile | null): void
  move(from: number, file: OpenFile, to: number, index?: number): void
  moveAcross(from: number, file: OpenFile): void
  step(by: number): void
  retry(file: OpenFile): void
  /** For the view of a file: its editor is there, or gone. */
  setEditor(pane: number, file: OpenFile, editor: Editor | null): void
  setFacts(pane: number, file: OpenFile, facts: EditorFacts): void
}

const KEY: InjectionKey<Panes> = Symbol('panes')
const MOST_RECENT = 50
const MOST_CLOSED = 30

export function usePanes(): Panes {
  const panes = inject(KEY)
  if (!panes) throw new Error('This part belongs into the workspace.')
  return panes
}

/** `narrow`: there is room for one pane only. `changed` is called when somebody else edits a file that is open. */
export function providePanes(
  session: string,
  live: Live,
  narrow: Readonly<Ref<boolean>>,
  changed: (path: string, name: string) => void,
): Panes {
  const layout = shallowRef<layouts.Layout<OpenFile>>(layouts.emptyLayout())
  const editors = shallowReactive(new Map<string, Editor>())
  const facts = shallowReactive(new Map<string, EditorFacts>())
  const recent = shallowRef<readonly string[]>([])
  const closed = shallowReactive<{ path: string; pane: number; index: number }[]>([])
  const storageKey = `code_together.open.${session}`
  /** Where to go in a text whose editor is not there yet. */
  let wanted: { editor: string; at: Place | undefined; focus: boolean } | null = null

  const files = useOpenFiles(live, {
    changed(file, name) {
      if (!layouts.isShown(layout.value, file)) changed(file.path, name)
    },
    gone: (file) => closeEverywhere(file),
    renamed: save,
  })

  const focused = computed(() => layouts.focusedPane(layout.value))
  const file = computed(() => focused.value.current)
  const currentKey = computed(() => file.value && keyOf(focused.value.id, file.value))
  const editor = computed(() => (currentKey.value && editors.get(currentKey.value)) || null)

  function keyOf(pane: number, file: OpenFile): string {
    return `${pane}/${file.key}`
  }

  function set(now: layouts.Layout<OpenFile>): void {
    if (now === layout.value) return
    layout.value = narrow.value ? layouts.join(now) : now
    const needed = layouts.allTabs(layout.value)
    for (const file of [...files.list]) if (!needed.has(file)) files.close(file)
    const path = file.value?.path
    if (path !== undefined && path !== recent.value[0]) {
      recent.value = [path, ...recent.value.filter((other) => other !== path)].slice(0, MOST_RECENT)
    }
    save()
  }

  watch(narrow, () => set({ ...layout.value }))

  function open(path: string, { at, focus = false, beside = false }: OpenOptions = {}): void {
    const opened = files.open(path)
    const way = beside && !narrow.value && file.value ? layouts.split : layouts.show
    set(way(layout.value, focused.value.id, opened))
    if (at || focus) want(at, focus)
  }

  function want(at: Place | undefined, focus: boolean): void {
    if (currentKey.value === null) return
    wanted = { editor: currentKey.value, at, focus }
    arrive()
  }

  function arrive(): void {
    const editor = wanted && editors.get(wanted.editor)
    if (!wanted || !editor) return
    const { at, focus } = wanted
    wanted = null
    // After what led here (a dialog, a menu) has given the focus back.
    setTimeout(() => {
      if (at) editor.show(at)
      if (focus) editor.focus()
    })
  }

  function close(pane: number, file: OpenFile): void {
    const index = layouts.paneOf(layout.value, pane)?.tabs.indexOf(file) ?? -1
    if (index < 0) return
    closed.push({ path: file.path, pane, index })
    if (closed.length > MOST_CLOSED) closed.shift()
    set(layouts.close(layout.value, pane, file))
  }

  function closeEverywhere(file: OpenFile): void {
    set(layouts.closeEverywhere(layout.value, file))
  }

  function reopen(): void {
    for (let last = closed.pop(); last; last = closed.pop()) {
      const { path, pane, index } = last
      if (!live.files.value.some((file) => file.path === path)) continue
      const id = layouts.paneOf(layout.value, pane)?.id ?? focused.value.id
      return set(layouts.show(layout.value, id, files.open(path), index))
    }
  }

  function save(): void {
    const kept: Kept = {
      panes: layout.value.panes.map(({ tabs, current }) => ({
        paths: tabs.map(({ path }) => path),
        current: current?.path ?? null,
      })),
      focused: layout.value.panes.indexOf(focused.value),
      recent: [...recent.value],
    }
    try {
      localStorage.setItem(storageKey, JSON.stringify(kept))
    } catch {
      // The tabs are not there again after a reload.
    }
  }

  /** The tabs of the last time, as far as their files are still there. */
  function recall(): void {
    let text: string | null = null
    try {
      text = localStorage.getItem(storageKey)
    } catch {
      // Nothing was kept.
    }
    const kept = parseKept(text)
    const there = new Set(live.files.value.map(({ path }) => path))
    const wantedFile = file.value
    recent.value = kept.recent.filter((path) => there.has(path))
    const restored = layouts.layoutOf(
      kept.panes.map(({ paths, current }) => ({
        tabs: [...new Set(paths)].filter((path) => there.has(path)).map((path) => files.open(path)),
        current: current !== null && there.has(current) ? files.open(current) : null,
      })),
      kept.focused,
    )
    set(wantedFile ? layouts.show(restored, restored.focused, wantedFile) : restored)
  }

  const first = live.client.on('files', () => {
    first()
    recall()
  })
  onScopeDispose(first)

  const panes: Panes = {
    files: files.list,
    list: computed(() => layout.value.panes),
    focused,
    file,
    editor,
    facts: computed(() => (currentKey.value && facts.get(currentKey.value)) || null),
    recent,
    dragged: shallowRef(null),
    closedSome: computed(() => closed.length > 0),
    open,
    focusText: () => want(undefined, true),
    focus: (pane) => set(layouts.focus(layout.value, pane)),
    show: (pane, file) => set(layouts.show(layout.value, pane, file)),
    close,
    closeEverywhere,
    closeAll(but = null) {
      const { id, tabs } = focused.value
      for (const tab of tabs) if (tab !== but) close(id, tab)
    },
    reopen,
    split(pane = focused.value, file = pane.current) {
      if (file && !narrow.value) set(layouts.split(layout.value, pane.id, file))
    },
    move: (from, file, to, index) => set(layouts.move(layout.value, from, file, to, index)),
    moveAcross: (from, file) => set(layouts.moveAcross(layout.value, from, file)),
    step: (by) => set(layouts.step(layout.value, by)),
    retry: files.retry,
    setEditor(pane, file, editor) {
      const key = keyOf(pane, file)
      if (editor) {
        editors.set(key, editor)
        if (wanted?.editor === key) arrive()
      } else {
        editors.delete(key)
        facts.delete(key)
      }
    },
    setFacts: (pane, file, now) => void facts.set(keyOf(pane, file), now),
  }
  provide(KEY, panes)
  return panes
}
