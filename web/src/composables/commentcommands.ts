/** The commands for comments, with their keys. */
import { useComments } from '@/composables/comments'
import { registerCommands } from '@/composables/commands'
import { commentsOfEditor, type EditorComments } from '@/composables/editorcomments'
import { toast } from '@/composables/toasts'
import type { Panes } from '@/composables/panes'
import { texts } from '@/texts'

/** `show`: shows the list of comments. */
export function useCommentCommands(panes: Panes, show: () => void): void {
  const comments = useComments()
  const here = (): EditorComments | undefined => commentsOfEditor(panes.editor.value?.view)
  const words = texts.commands
  registerCommands([
    {
      id: 'comments.add',
      title: words.addComment,
      group: 'comments',
      keys: ['Mod+Alt+M'],
      when: () => here() !== undefined,
      run: () => {
        if (comments.mayComment.value) here()?.begin()
        else toast(texts.comments.mayNot, { bad: true })
      },
    },
    {
      id: 'comments.next',
      title: words.nextComment,
      group: 'comments',
      keys: ['F8'],
      when: () => here() !== undefined,
      run: () => here()?.step(1),
    },
    {
      id: 'comments.previous',
      title: words.previousComment,
      group: 'comments',
      keys: ['Shift+F8'],
      when: () => here() !== undefined,
      run: () => here()?.step(-1),
    },
    { id: 'comments.show', title: words.showComments, group: 'comments', run: show },
  ])
}
