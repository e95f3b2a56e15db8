/** The commands of the workspace: files, tabs, panes, and what is seen. */
import type { ComputedRef, Ref } from 'vue'
import { archiveAddress } from '@/api/archives'
import { useBlaming } from '@/composables/blaming'
import type { Columns } from '@/composables/columns'
import { registerCommands, type Command } from '@/composables/commands'
import type { Palette } from '@/composables/palette'
import type { Panes } from '@/composables/panes'
import { choosing, preferences, setPreferences } from '@/composables/preferences'
import { previewsOf } from '@/composables/previews'
import { setTheme } from '@/composables/theme'
import { toast } from '@/composables/toasts'
import { indentationFrom } from '@/editor/indentation'
import { INDENTS, KEYS } from '@/model/preferences'
import { previewKind } from '@/preview/kinds'
import { texts } from '@/texts'

/** The list of files, which asks for names and does what is asked. */
export interface FileActions {
  create(): void
  choose(): void
  rename(path: string): void
  remove(path: string): void
  download(path: string): void
  bundle(): unknown
  copyPath(path: string): unknown
  fileHistory(path: string): unknown
  playFile(path: string): unknown
}

export interface Workspace {
  id: string
  panes: Panes
  palette: Palette
  columns: Columns
  narrow: Readonly<Ref<boolean>>
  mayEdit: ComputedRef<boolean>
  files: () => FileActions | null
  search(): void
  show(part: 'chat' | 'history'): void
}

export function useWorkspaceCommands(workspace: Workspace): void {
  const { id, panes, palette, columns, narrow, mayEdit, files, search, show } = workspace
  const words = texts.commands
  const blaming = useBlaming(id)
  const wide = (): boolean => !narrow.value
  const some = (): boolean => panes.file.value !== null
  const two = (): boolean => panes.list.value.length > 1
  const inText = (): boolean => panes.editor.value !== null
  /** Does it with the file that is looked at. */
  const withFile = (todo: (path: string) => unknown) => (): void => {
    if (panes.file.value) todo(panes.file.value.path)
  }
  const existing = (): boolean => some() && !panes.file.value!.deleted

  const goTo: Command[] = [
    { id: 'go.file', title: words.goToFile, group: 'go', keys: ['Mod+P'], run: () => palette.open('') },
    {
      id: 'go.command',
      title: words.palette,
      group: 'go',
      keys: ['Mod+Shift+P', 'F1'],
      run: () => palette.open('>'),
    },
    {
      id: 'go.line',
      title: words.goToLine,
      group: 'go',
      keys: ['Mod+Alt+G'],
      when: inText,
      run: () => palette.open(':'),
    },
    { id: 'go.search', title: words.search, group: 'go', keys: ['Mod+Shift+F'], run: search },
    {
      id: 'go.keys',
      title: words.keys,
      group: 'go',
      keys: ['Mod+K Mod+S'],
      run: () => (palette.keysShown.value = true),
    },
  ]

  const ofFiles: Command[] = [
    {
      id: 'file.new',
      title: words.newFile,
      group: 'file',
      keys: ['Alt+N'],
      when: () => mayEdit.value,
      run: () => files()?.create(),
    },
    {
      id: 'file.upload',
      title: words.upload,
      group: 'file',
      when: () => mayEdit.value,
      run: () => files()?.choose(),
    },
    {
      id: 'file.rename',
      title: words.renameFile,
      group: 'file',
      when: () => mayEdit.value && existing(),
      run: withFile((path) => files()?.rename(path)),
    },
    {
      id: 'file.delete',
      title: words.deleteFile,
      group: 'file',
      when: () => mayEdit.value && existing(),
      run: withFile((path) => files()?.remove(path)),
    },
    {
      id: 'file.download',
      title: words.downloadFile,
      group: 'file',
      when: existing,
      run: withFile((path) => files()?.download(path)),
    },
    {
      id: 'file.path',
      title: words.copyPath,
      group: 'file',
      when: some,
      run: withFile((path) => files()?.copyPath(path)),
    },
    {
      id: 'file.history',
      title: words.fileHistory,
      group: 'file',
      when: some,
      run: withFile((path) => files()?.fileHistory(path)),
    },
    {
      id: 'file.playback',
      title: words.playFile,
      group: 'file',
      when: some,
      run: withFile((path) => files()?.playFile(path)),
    },
    {
      id: 'file.blame',
      title: texts.general.blameThis,
      group: 'file',
      when: some,
      run: withFile(blaming),
    },
    {
      id: 'file.language',
      title: words.language,
      group: 'file',
      when: inText,
      run: () => palette.open('language'),
    },
    ...INDENTS.map((value): Command => {
      const indentation = indentationFrom(value)
      return {
        id: `file.indentation.${value}`,
        title: words.indentation(
          indentation.tabs
            ? texts.status.useTabs(indentation.width)
            : texts.status.useSpaces(indentation.width),
        ),
        group: 'file',
        when: inText,
        run: () => panes.editor.value?.setIndentation(indentation),
      }
    }),
    {
      id: 'file.archive',
      title: words.downloadAll,
      group: 'file',
      run: () => {
        const link = document.createElement('a')
        link.href = archiveAddress(id)
        link.download = ''
        link.click()
      },
    },
    { id: 'file.bundle', title: words.downloadBundle, group: 'file', run: () => files()?.bundle() },
  ]

  const tabs: Command[] = [
    {
      id: 'tab.close',
      title: words.closeTab,
      group: 'tab',
      keys: ['Alt+W'],
      when: some,
      run: () => panes.file.value && panes.close(panes.focused.value.id, panes.file.value),
    },
    {
      id: 'tab.closeOthers',
      title: words.closeOthers,
      group: 'tab',
      when: () => panes.focused.value.tabs.length > 1,
      run: () => panes.closeAll(panes.file.value),
    },
    { id: 'tab.closeAll', title: words.closeAll, group: 'tab', when: some, run: () => panes.closeAll() },
    {
      id: 'tab.reopen',
      title: words.reopenTab,
      group: 'tab',
      keys: ['Alt+Shift+T'],
      when: () => panes.closedSome.value,
      run: panes.reopen,
    },
    {
      id: 'tab.next',
      title: words.nextTab,
      group: 'tab',
      keys: ['Alt+PageDown'],
      when: () => panes.focused.value.tabs.length > 1,
      run: () => turn(1),
    },
    {
      id: 'tab.previous',
      title: words.previousTab,
      group: 'tab',
      keys: ['Alt+PageUp'],
      when: () => panes.focused.value.tabs.length > 1,
      run: () => turn(-1),
    },
    {
      id: 'tab.forward',
      title: words.tabForward,
      group: 'tab',
      keys: ['Alt+Shift+PageDown'],
      when: () => panes.focused.value.tabs.length > 1,
      run: () => shift(1),
    },
    {
      id: 'tab.back',
      title: words.tabBack,
      group: 'tab',
      keys: ['Alt+Shift+PageUp'],
      when: () => panes.focused.value.tabs.length > 1,
      run: () => shift(-1),
    },
    {
      id: 'pane.split',
      title: words.split,
      group: 'tab',
      keys: ['Mod+\\'],
      when: () => wide() && some(),
      run: () => {
        panes.split()
        panes.focusText()
      },
    },
    {
      id: 'pane.move',
      title: words.moveAcross,
      group: 'tab',
      keys: ['Mod+K ArrowRight'],
      when: () => wide() && (two() || panes.focused.value.tabs.length > 1),
      run: () => {
        if (panes.file.value) panes.moveAcross(panes.focused.value.id, panes.file.value)
        panes.focusText()
      },
    },
    {
      id: 'pane.other',
      title: words.otherPane,
      group: 'tab',
      keys: ['Alt+O'],
      when: two,
      run: () => {
        const other = panes.list.value.find(({ id }) => id !== panes.focused.value.id)
        if (other) panes.focus(other.id)
        panes.focusText()
      },
    },
  ]

  function turn(by: number): void {
    panes.step(by)
    panes.focusText()
  }

  function shift(by: number): void {
    const { id, tabs, current } = panes.focused.value
    if (current === null) return
    // The places are counted as the tabs stand before.
    const to = tabs.indexOf(current) + (by > 0 ? by + 1 : by)
    if (to >= 0 && to <= tabs.length) panes.move(id, current, id, to)
  }

  const view: Command[] = [
    {
      id: 'view.files',
      title: words.toggleFiles,
      group: 'view',
      keys: ['Mod+B'],
      when: wide,
      run: () => (columns.filesOpen.value = !columns.filesOpen.value),
    },
    {
      id: 'view.panel',
      title: words.togglePanel,
      group: 'view',
      keys: ['Mod+Alt+B'],
      when: wide,
      run: () => (columns.panelOpen.value = !columns.panelOpen.value),
    },
    {
      id: 'view.preview',
      title: words.preview,
      group: 'view',
      keys: ['Alt+Shift+P'],
      when: () => panes.file.value?.state === 'text' && previewKind(panes.file.value.path) !== null,
      run: withFile((path) => previewsOf(id).toggle(panes.focused.value.id, path)),
    },
    {
      id: 'view.preferences',
      title: words.preferences,
      group: 'view',
      run: () => (choosing.value = true),
    },
    ...KEYS.map((keys): Command => ({
      id: `view.keys.${keys}`,
      title: words.keysAs[keys],
      group: 'view',
      when: () => preferences.keys !== keys,
      run: () => {
        setPreferences({ keys })
        toast(words.keysNow[keys])
      },
    })),
    { id: 'view.chat', title: words.showChat, group: 'view', run: () => show('chat') },
    { id: 'view.history', title: words.showHistory, group: 'view', run: () => show('history') },
    { id: 'view.theme.system', title: words.themeSystem, group: 'view', run: () => setTheme('system') },
    { id: 'view.theme.light', title: words.themeLight, group: 'view', run: () => setTheme('light') },
    { id: 'view.theme.dark', title: words.themeDark, group: 'view', run: () => setTheme('dark') },
  ]

  registerCommands([...goTo, ...ofFiles, ...tabs, ...view])
}
