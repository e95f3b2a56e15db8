/** The panel of find and replace: as CodeMirror's own, and with a line for what there is to say. */
import { closeSearchPanel, getSearchQuery, search, SearchQuery, setSearchQuery } from '@codemirror/search'
import { runScopeHandlers, type Command, type EditorView, type Panel } from '@codemirror/view'
import type { Extension } from '@codemirror/state'
import {
  findingByPattern,
  findNext,
  findPrevious,
  findSentence,
  replaceAll,
  replaceNext,
  selectMatches,
} from './finding'

export const finding = ({ top = false } = {}): Extension => [
  search({ top, createPanel: (view) => createPanel(view, top) }),
  findingByPattern,
]

function createPanel(view: EditorView, top: boolean): Panel {
  const phrase = (words: string): string => view.state.phrase(words)
  let query = getSearchQuery(view.state)

  function field(name: string, words: string): HTMLInputElement {
    const input = document.createElement('input')
    Object.assign(input, { name, className: 'cm-textfield', placeholder: phrase(words), onchange: commit })
    input.onkeyup = commit
    input.setAttribute('aria-label', phrase(words))
    input.setAttribute('form', '')
    return input
  }
  function box(name: string, words: string): [HTMLLabelElement, HTMLInputElement] {
    const label = document.createElement('label')
    const input = document.createElement('input')
    Object.assign(input, { name, type: 'checkbox', onchange: commit })
    input.setAttribute('form', '')
    label.append(input, phrase(words))
    return [label, input]
  }
  function button(name: string, words: string, run: Command): HTMLButtonElement {
    const made = document.createElement('button')
    Object.assign(made, { name, type: 'button', className: 'cm-button', textContent: phrase(words) })
    made.onclick = () => run(view)
    return made
  }

  const find = field('search', 'Find')
  find.setAttribute('main-field', 'true')
  const replacement = field('replace', 'Replace')
  const [caseLabel, caseBox] = box('case', 'match case')
  const [regexpLabel, regexpBox] = box('re', 'regexp')
  const [wordLabel, wordBox] = box('word', 'by word')
  const close = button('close', 'close', closeSearchPanel)
  close.className = ''
  close.textContent = '×'
  close.setAttribute('aria-label', phrase('close'))
  const said = document.createElement('p')
  said.className = 'ct-find-said'
  said.hidden = true

  const dom = document.createElement('div')
  dom.className = 'cm-search'
  dom.append(
    find,
    button('next', 'next', findNext),
    button('prev', 'previous', findPrevious),
    button('select', 'all', selectMatches),
    caseLabel,
    regexpLabel,
    wordLabel,
  )
  if (!view.state.readOnly) {
    dom.append(
      document.createElement('br'),
      replacement,
      button('replace', 'replace', replaceNext),
      button('replaceAll', 'replace all', replaceAll),
    )
  }
  dom.append(said, close)
  dom.onkeydown = keydown

  function show(value: SearchQuery): void {
    query = value
    find.value = value.search
    replacement.value = value.replace
    caseBox.checked = value.caseSensitive
    regexpBox.checked = value.regexp
    wordBox.checked = value.wholeWord
  }

  function commit(): void {
    const value = new SearchQuery({
      search: find.value,
      caseSensitive: caseBox.checked,
      regexp: regexpBox.checked,
      wholeWord: wordBox.checked,
      replace: replacement.value,
    })
    if (value.eq(query)) return
    query = value
    view.dispatch({ effects: setSearchQuery.of(value) })
  }

  function keydown(event: KeyboardEvent): void {
    if (runScopeHandlers(view, event, 'search-panel')) return event.preventDefault()
    if (event.key !== 'Enter' || (event.target !== find && event.target !== replacement)) return
    event.preventDefault()
    // What was typed since the last key came up counts too.
    commit()
    if (event.target === replacement) replaceNext(view)
    else if (event.shiftKey) findPrevious(view)
    else findNext(view)
  }

  show(query)
  return {
    dom,
    top,
    mount: () => find.select(),
    update({ transactions }) {
      for (const { effects } of transactions)
        for (const effect of effects)
          if (effect.is(setSearchQuery) && !effect.value.eq(query)) show(effect.value)
      const sentence = findSentence(view)
      if (said.textContent !== sentence) said.textContent = sentence
      said.hidden = sentence === ''
    },
  }
}
