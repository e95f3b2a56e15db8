/**
 * Files of mixed line ends keep each `\r` as a character at the end of its line. Here it is one with the line break for
 * carets and deletion, so that nobody types between the two by chance.
 */
import { EditorSelection, EditorState, RangeSetBuilder, type Extension, type Text } from '@codemirror/state'
import { Decoration, EditorView, ViewPlugin, type DecorationSet, type ViewUpdate } from '@codemirror/view'

/** Where a caret may stand instead of `position`, which is perhaps between a `\r` and the end of its line. */
export function beforeCarriageReturn(doc: Text, position: number): number {
  const line = doc.lineAt(position)
  return position === line.to && line.text.endsWith('\r') ? position - 1 : position
}

const withReturns = new WeakMap<Text, boolean>()

/** Whether there is a `\r` anywhere. Texts share most of their parts with the one before, which are not looked at again. */
export function hasReturns(text: Text): boolean {
  let found = withReturns.get(text)
  if (found === undefined) {
    found = text.children?.some(hasReturns) ?? text.toString().includes('\r')
    withReturns.set(text, found)
  }
  return found
}

const carets = EditorState.transactionFilter.of((transaction) => {
  const { selection } = transaction
  if (!selection) return transaction
  const doc = transaction.newDoc
  const ranges = selection.ranges.map((range) => {
    const head = beforeCarriageReturn(doc, range.head)
    if (!range.empty) return EditorSelection.range(beforeCarriageReturn(doc, range.anchor), head)
    return head === range.head ? range : EditorSelection.cursor(head)
  })
  if (ranges.every((range, i) => range.eq(selection.ranges[i]!))) return transaction
  return [transaction, { selection: EditorSelection.create(ranges, selection.mainIndex), sequential: true }]
})

const pairs = ViewPlugin.fromClass(
  class {
    ranges: DecorationSet

    constructor(view: EditorView) {
      this.ranges = lineEnds(view)
    }

    update(update: ViewUpdate): void {
      if (update.docChanged || update.viewportChanged) this.ranges = lineEnds(update.view)
    }
  },
  {
    provide: (plugin) => EditorView.atomicRanges.of((view) => view.plugin(plugin)?.ranges ?? Decoration.none),
  },
)

/** Each `\r` with the line break after it, in what is seen. */
function lineEnds(view: EditorView): DecorationSet {
  const found = new RangeSetBuilder<Decoration>()
  const { doc } = view.state
  const mark = Decoration.mark({})
  for (const { from, to } of view.visibleRanges) {
    for (let position = from; position <= to;) {
      const line = doc.lineAt(position)
      if (line.text.endsWith('\r') && line.to < doc.length) found.add(line.to - 1, line.to + 1, mark)
      position = line.to + 1
    }
  }
  return found.finish()
}

export const carriageReturns: Extension = [carets, pairs]
