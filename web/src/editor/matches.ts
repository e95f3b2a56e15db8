/** Decorations of what matches a pattern, in what is drawn. */
import type { Extension } from '@codemirror/state'
import {
  MatchDecorator,
  ViewPlugin,
  type DecorationSet,
  type EditorView,
  type PluginValue,
  type ViewUpdate,
} from '@codemirror/view'

/**
 * Where all changes are outside of what is drawn, as when others type above, `MatchDecorator` (6.43), and with it `highlightSpecialChars` and
 * `highlightWhitespace`, leaves what it had at its old places: they stand on other characters then, and a widget on a line break ends the editor.
 */
class Decorator extends MatchDecorator {
  override updateDeco(update: ViewUpdate, had: DecorationSet): DecorationSet {
    const found = super.updateDeco(update, had)
    return found === had ? had.map(update.changes) : found
  }
}

/** Decorates each match, as `MatchDecorator` is told to. */
export function matches(config: ConstructorParameters<typeof MatchDecorator>[0]): Extension {
  const decorator = new Decorator(config)
  class Matches implements PluginValue {
    decorations: DecorationSet

    constructor(view: EditorView) {
      this.decorations = decorator.createDeco(view)
    }

    update(update: ViewUpdate): void {
      this.decorations = decorator.updateDeco(update, this.decorations)
    }
  }
  return ViewPlugin.fromClass(Matches, { decorations: ({ decorations }) => decorations })
}
