/** The editor's themes: colours alone, each a table of its own. Every colour of text is held to a contrast by a test. */

export interface Palette {
  background: string
  text: string
  /** Line numbers and what else is beside the text. */
  gutter: string
  activeLine: string
  selection: string
  caret: string
  keyword: string
  string: string
  number: string
  function: string
  type: string
  comment: string
  punctuation: string
}

export interface EditorTheme {
  id: string
  dark: boolean
  /** Null: the page's own colours (styles/tokens.css). */
  palette: Palette | null
}

export const THEMES: readonly EditorTheme[] = [
  { id: 'day', dark: false, palette: null },
  {
    id: 'sepia',
    dark: false,
    palette: {
      background: '#faf3e3',
      text: '#3a2f24',
      gutter: '#6b5d4a',
      activeLine: '#f3e9d2',
      selection: '#ead9b5',
      caret: '#8a3b12',
      keyword: '#7f2a55',
      string: '#36590f',
      number: '#83390a',
      function: '#1b4886',
      type: '#0a5558',
      comment: '#5c4f3e',
      punctuation: '#544838',
    },
  },
  {
    id: 'contrast-light',
    dark: false,
    palette: {
      background: '#ffffff',
      text: '#000000',
      gutter: '#333333',
      activeLine: '#eeeeee',
      selection: '#cbdcff',
      caret: '#000000',
      keyword: '#560c82',
      string: '#094a18',
      number: '#632b00',
      function: '#0a2b80',
      type: '#00414a',
      comment: '#3a3a3a',
      punctuation: '#1f1f1f',
    },
  },
  { id: 'night', dark: true, palette: null },
  {
    id: 'dusk',
    dark: true,
    palette: {
      background: '#1b2033',
      text: '#d8def2',
      gutter: '#98a3c7',
      activeLine: '#222942',
      selection: '#333e68',
      caret: '#ffcf8f',
      keyword: '#cbabff',
      string: '#a8d8a2',
      number: '#f2bd8c',
      function: '#96c5ff',
      type: '#82d8db',
      comment: '#abb4d2',
      punctuation: '#b9c2dc',
    },
  },
  {
    id: 'contrast-dark',
    dark: true,
    palette: {
      background: '#000000',
      text: '#ffffff',
      gutter: '#c8c8c8',
      activeLine: '#1c1c1c',
      selection: '#123a7a',
      caret: '#ffffff',
      keyword: '#e6c2ff',
      string: '#aef2a6',
      number: '#ffd09a',
      function: '#afd8ff',
      type: '#86f2f2',
      comment: '#d2d2d2',
      punctuation: '#eaeaea',
    },
  },
]

export const DEFAULT_THEMES = { light: 'day', dark: 'night' }

export const themesFor = (dark: boolean): EditorTheme[] => THEMES.filter((theme) => theme.dark === dark)

/** The custom properties by which the editor takes on a palette. */
export function propertiesOf(palette: Palette): Record<string, string> {
  return {
    '--surface': palette.background,
    '--text': palette.text,
    '--text-3': palette.gutter,
    '--code-line': palette.activeLine,
    '--code-selection': palette.selection,
    '--accent-text': palette.caret,
    '--syn-text': palette.text,
    '--syn-keyword': palette.keyword,
    '--syn-string': palette.string,
    '--syn-number': palette.number,
    '--syn-function': palette.function,
    '--syn-type': palette.type,
    '--syn-comment': palette.comment,
    '--syn-punctuation': palette.punctuation,
  }
}
