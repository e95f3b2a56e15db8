/** What the palette lists for what was typed into it. */
import { computed, shallowRef, type ComputedRef, type Ref } from 'vue'
import { mac, useCommands } from '@/composables/commands'
import { chooseLanguage } from '@/composables/languages'
import type { PaletteStart } from '@/composables/palette'
import { usePanes } from '@/composables/panes'
import { useSession } from '@/composables/session'
import { editorCommands } from '@/editor/commands'
import { languageNames } from '@/editor/languages'
import { rank } from '@/model/fuzzy'
import { spell } from '@/model/keys'
import { baseName, folderOf } from '@/model/tree'
import { parseWish } from '@/model/wish'
import { texts } from '@/texts'

export interface Result {
  id: string
  /** `detail` is what comes before the label where both are one: the folder of a file. */
  label: string
  detail: string
  /** Places of the letters that matched, in `detail/label` of a file and else in the label. */
  places: readonly number[]
  keys: string
  run: (beside: boolean) => unknown
}

export interface Results {
  list: ComputedRef<readonly Result[]>
  /** How many more there are. */
  more: ComputedRef<number>
  empty: ComputedRef<{ title: string; hint: string }>
}

const MOST = 100
const MOST_USED = 10
const STORAGE_KEY = 'code_together.commands'

export function useResults(start: PaletteStart, query: Readonly<Ref<string>>): Results {
  const { id, live, mayEdit } = useSession()
  const panes = usePanes()
  const commands = useCommands()
  const used = recall()
  const languages = shallowRef<readonly string[]>([])
  if (start === 'language') void languageNames().then((names) => (languages.value = names))

  const wish = computed(() => parseWish(query.value))

  /** The file before this one first, for going back and forth. */
  const paths = computed(() => {
    const there = new Set(live.files.value.map(({ path }) => path))
    const [current, ...before] = panes.recent.value.filter((path) => there.has(path))
    const recent = current === undefined ? [] : [...before, current]
    for (const path of recent) there.delete(path)
    return [...recent, ...there]
  })

  const offered = computed(() => {
    const own = commands.all.value
      .filter(({ when }) => when?.() ?? true)
      .map(({ id, title, keys, run }) => ({ id, title, keys: keys?.[0], run }))
    const { value: editor } = panes.editor
    const writable = mayEdit.value && !panes.file.value?.readOnly
    const inText = editor
      ? editorCommands(mac)
          .filter(({ writes }) => writable || !writes)
          .map(({ id, title, keys, run }) => ({
            id: `editor.${id}`,
            title,
            keys,
            run: () => {
              editor.focus()
              run(editor.view)
            },
          }))
      : []
    return [...own, ...inText].sort((a, b) => place(a.id) - place(b.id) || a.title.localeCompare(b.title))
  })

  function place(id: string): number {
    const index = used.indexOf(id)
    return index < 0 ? MOST_USED : index
  }

  function files(): { results: Result[]; of: number } {
    const { query, line, column } = wish.value as Extract<typeof wish.value, { kind: 'file' }>
    const recent = panes.recent.value
    const found = query
      ? rank(
          query.replaceAll('\\', '/'),
          paths.value,
          (path) => path,
          Infinity,
          (path) => (recent.includes(path) ? 4 : 0),
        )
      : paths.value.map((item) => ({ item, places: [] }))
    const results = found.slice(0, MOST).map(({ item: path, places }) => ({
      id: `file.${path}`,
      label: baseName(path),
      detail: folderOf(path),
      places,
      keys: '',
      run(beside: boolean) {
        panes.open(path, { focus: true, beside, ...(line && { at: at(line, column) }) })
      },
    }))
    return { results, of: found.length }
  }

  function ofCommands(): { results: Result[]; of: number } {
    const { query } = wish.value as Extract<typeof wish.value, { kind: 'command' }>
    const found = query
      ? rank(
          query,
          offered.value,
          ({ title }) => title,
          Infinity,
          ({ id }) => (used.includes(id) ? 4 : 0),
        )
      : offered.value.map((item) => ({ item, places: [] as number[] }))
    const results = found.map(({ item: { id, title, keys, run }, places }) => ({
      id,
      label: title,
      detail: '',
      places,
      keys: keys ? spell(keys, mac) : '',
      run() {
        remember(used, id)
        return run()
      },
    }))
    return { results, of: found.length }
  }

  function lines(): { results: Result[]; of: number } {
    const { line, column } = wish.value as Extract<typeof wish.value, { kind: 'line' }>
    const { editor } = panes
    const last = editor.value?.view.state.doc.lines
    if (!last) return { results: [], of: 0 }
    const label = line === null ? texts.palette.lineHint(last) : texts.palette.line(Math.min(line, last))
    const run = (): void => {
      if (line !== null) editor.value?.show(at(Math.min(Math.max(line, 1), last), column))
      editor.value?.focus()
    }
    return { results: [{ id: 'line', label, detail: '', places: [], keys: '', run }], of: 1 }
  }

  function ofLanguages(): { results: Result[]; of: number } {
    const names = [texts.status.byName, texts.status.plain, ...languages.value]
    const choices = [undefined, null, ...languages.value]
    const found = rank(
      query.value,
      names.map((_, index) => index),
      (index) => names[index]!,
      Infinity,
    )
    const results = found.map(({ item: index, places }) => ({
      id: `language.${names[index]}`,
      label: names[index]!,
      detail: '',
      places,
      keys: '',
      run() {
        if (panes.file.value) chooseLanguage(id, panes.file.value.path, choices[index])
        panes.editor.value?.focus()
      },
    }))
    return { results, of: found.length }
  }

  const found = computed(() => {
    if (start === 'language') return ofLanguages()
    if (wish.value.kind === 'command') return ofCommands()
    return wish.value.kind === 'line' ? lines() : files()
  })

  return {
    list: computed(() => found.value.results),
    more: computed(() => found.value.of - found.value.results.length),
    empty: computed(() => {
      if (wish.value.kind === 'line') return { title: texts.palette.noLine, hint: texts.palette.noLineHint }
      if (wish.value.kind === 'file' && !live.files.value.length && start !== 'language') {
        return { title: texts.palette.noFiles, hint: texts.palette.noFilesHint }
      }
      return { title: texts.palette.nothing, hint: start === 'language' ? '' : texts.palette.nothingHint }
    }),
  }
}

function at(line: number, column: number | null): { line: number; start_column: number; end_column: number } {
  return { line, start_column: column ?? 1, end_column: column ?? 1 }
}

/** The ids of the commands that were used, the last first. */
function recall(): string[] {
  try {
    const ids: unknown = JSON.parse(localStorage.getItem(STORAGE_KEY) ?? '[]')
    return Array.isArray(ids) ? ids.filter((id) => typeof id === 'string') : []
  } catch {
    return []
  }
}

function remember(used: readonly string[], id: string): void {
  const now = [id, ...used.filter((other) => other !== id)].slice(0, MOST_USED)
  try {
    localStorage.setItem(STORAGE_KEY, JSON.stringify(now))
  } catch {
    // They stand in the order of their names the next time.
  }
}
