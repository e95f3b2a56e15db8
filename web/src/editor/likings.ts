/** What a person likes, as extensions of the editor; the keys of Vim and Emacs are loaded when first wanted. */
import { autocompletion, completeAnyWord } from '@codemirror/autocomplete'
import { EditorState, Prec, type Extension } from '@codemirror/state'
import {
  Decoration,
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
} from '@codemirror/view'
import type { Keys, Preferences } from '@/model/preferences'
import { propertiesOf, THEMES } from '@/model/themes'
import { matches } from './matches'

/** The milliseconds of one blink of the caret. */
const BLINK = 1_200

export interface Liking extends Preferences {
  /** Whether the page is dark. */
  inDark: boolean
  /** Nothing should move by itself. */
  still: boolean
}

const words = EditorState.languageData.of(() => [{ autocomplete: completeAnyWord }])

const [space, tab, trailing] = ['cm-highlightSpace', 'cm-highlightTab', 'cm-trailingSpace'].map((name) =>
  Decoration.mark({ class: name }),
)
const whitespace = [
  matches({ regexp: /\t| /g, decoration: ([found]) => (found === '\t' ? tab! : space!), boundary: /\S/ }),
  matches({ regexp: /\s+$/g, decoration: trailing!, boundary: /\S/ }),
]

export function likings(liked: Liking): Extension {
  const { palette } = THEMES.find(({ id }) => id === (liked.inDark ? liked.dark : liked.light))!
  return [
    drawSelection({ cursorBlinkRate: liked.blink && !liked.still ? BLINK : 0 }),
    liked.wrap ? EditorView.lineWrapping : [],
    liked.whitespace ? whitespace : [],
    liked.activeLine ? [highlightActiveLine(), highlightActiveLineGutter()] : [],
    words,
    autocompletion({
      activateOnTyping: liked.suggest,
      icons: false,
      interactionDelay: 150,
      selectOnOpen: false,
      defaultKeymap: false,
    }),
    Prec.high(
      EditorView.theme(
        {
          '&': {
            '--code-size': `calc(var(--t-13) * ${liked.fontSize / 100})`,
            '--lh-code': `${(1.25 * liked.fontSize) / 100}rem`,
            ...(palette && propertiesOf(palette)),
          },
        },
        { dark: liked.inDark },
      ),
    ),
  ]
}

/** Before all other keys, so that these are what a key means. */
export async function keysOf(keys: Keys): Promise<Extension> {
  if (keys === 'vim') return Prec.highest((await import('./vim')).vimKeys())
  if (keys === 'emacs') return Prec.highest((await import('./emacs')).emacsKeys)
  return []
}
