/**
 * Find and replace. Plain text is CodeMirror's affair; a regular expression is tried in a worker, because a hostile one would hold the page: of
 * those CodeMirror is told that they cannot be used, so that it never tries one itself.
 */
import {
  findNext as findNextPlain,
  findPrevious as findPreviousPlain,
  getSearchQuery,
  openSearchPanel,
  replaceAll as replaceAllPlain,
  replaceNext as replaceNextPlain,
  type SearchQuery,
  searchKeymap,
  searchPanelOpen,
  selectMatches as selectMatchesPlain,
  setSearchQuery,
} from '@codemirror/search'
import {
  EditorSelection,
  EditorState,
  Prec,
  RangeSetBuilder,
  StateEffect,
  type Extension,
  type Text,
} from '@codemirror/state'
import {
  Decoration,
  EditorView,
  ViewPlugin,
  type Command,
  type DecorationSet,
  type KeyBinding,
  type ViewUpdate,
} from '@codemirror/view'
import { texts } from '@/texts'
import { Matcher } from './matcher'
import { MOST, onlyPlaces, wrongIn, type Matches } from './matching'

/** Milliseconds without typing after which is looked again. */
const PAUSE = 150
/** How often is looked again for one command, while others type into the text. */
const TRIES = 5
/** Carets at once, as CodeMirror has it for plain text. */
const MOST_CARETS = 1_000

/** What is known has changed; there is nothing else in it. */
const learned = StateEffect.define<null>()

/** The answer to a question; `matches` null: it took too long. */
interface Known {
  doc: Text
  query: SearchQuery
  matches: Matches | null
  /** It matches between characters only. */
  onlyPlaces: boolean
}

const mark = Decoration.mark({ class: 'cm-searchMatch' })
const selectedMark = Decoration.mark({ class: 'cm-searchMatch cm-searchMatch-selected' })

/** The regular expression that is looked for, if it is one. */
function patternOf(state: EditorState): SearchQuery | null {
  const query = getSearchQuery(state)
  return query.regexp && query.search && wrongIn(query.search) === null ? query : null
}

class Finder {
  decorations: DecorationSet = Decoration.none
  /** What a command came to, until the next one or another question. */
  private refusal = ''
  private readonly matcher = new Matcher()
  private known: Known | null = null
  private asking: { doc: Text; query: SearchQuery; answer: Promise<Known | null> } | null = null
  private timer: ReturnType<typeof setTimeout> | undefined
  private gone = false

  constructor(private readonly view: EditorView) {}

  /** What there is to say about the search; empty for nothing. */
  get sentence(): string {
    const { state } = this.view
    const query = getSearchQuery(state)
    if (!query.regexp || !query.search) return ''
    const wrong = wrongIn(query.search)
    if (wrong !== null) return texts.finding.wrong(wrong)
    if (this.refusal) return this.refusal
    if (!this.known?.query.eq(query)) return ''
    if (!this.known.matches) return texts.finding.slow
    return this.known.onlyPlaces ? texts.finding.onlyPlaces : ''
  }

  update(update: ViewUpdate): void {
    const { state, startState, docChanged } = update
    const open = searchPanelOpen(state)
    const query = patternOf(state)
    const before = getSearchQuery(startState)
    const isNew = query !== null && !(query.eq(before) && open === searchPanelOpen(startState))
    if (isNew || !query) this.refusal = ''
    if (!open || !query) {
      this.decorations = Decoration.none
      this.unschedule()
      if (open !== searchPanelOpen(startState)) this.matcher.stop()
      return
    }
    // A pattern that took too long is tried again when somebody asks for it, not at every letter.
    const tooSlow = this.known?.query.eq(query) && !this.known.matches
    if (isNew && !tooSlow) void this.look()
    else if (docChanged && !tooSlow) {
      this.unschedule()
      this.timer = setTimeout(() => void this.look(), PAUSE)
    }
    if (this.known?.doc === state.doc && this.known.query.eq(query)) this.decorations = this.marks(this.known)
    else this.decorations = isNew ? Decoration.none : this.decorations.map(update.changes)
  }

  /** Looks no more by itself. */
  private unschedule(): void {
    // Asking the browser costs a tenth of a keystroke, and nearly always there is no timer.
    if (this.timer === undefined) return
    clearTimeout(this.timer)
    this.timer = undefined
  }

  destroy(): void {
    this.gone = true
    this.unschedule()
    this.matcher.stop()
  }

  next(): boolean {
    return this.withMatches(({ matches, count }) => {
      const { from, to } = this.view.state.selection.main
      const isHere = (i: number): boolean =>
        matches.places[2 * i] === from && matches.places[2 * i + 1] === to
      let i = firstFrom(matches.places, to)
      if (i < count && isHere(i)) i++
      this.select(i < count ? i : 0, matches)
    })
  }

  previous(): boolean {
    return this.withMatches(({ matches, count }) => {
      const { from, to } = this.view.state.selection.main
      let i = firstFrom(matches.places, from) - 1
      // One that reaches beyond the caret, or is what is selected, is not before it.
      while (i >= 0 && (matches.places[2 * i + 1]! > from || matches.places[2 * i + 1] === to)) i--
      this.select(i >= 0 ? i : count - 1, matches)
    })
  }

  selectAll(): boolean {
    return this.withMatches(({ matches, count }) => {
      if (count > MOST_CARETS) return this.refuse(texts.finding.tooManyToSelect(MOST_CARETS))
      const ranges = Array.from({ length: count }, (_, i) =>
        EditorSelection.range(matches.places[2 * i]!, matches.places[2 * i + 1]!),
      )
      this.view.dispatch({ selection: EditorSelection.create(ranges), userEvent: 'select.search.matches' })
    })
  }

  replaceNext(): boolean {
    return this.withMatches(({ matches }) => {
      const { from, to } = this.view.state.selection.main
      const i = firstFrom(matches.places, from)
      if (matches.places[2 * i] !== from || matches.places[2 * i + 1] !== to) return void this.next()
      if (matches.missing !== null) return this.refuse(texts.finding.noGroup(matches.missing))
      const insert = this.view.state.toText(matches.inserts?.[i] ?? '')
      this.view.dispatch({
        changes: { from, to, insert },
        selection: { anchor: from + insert.length },
        userEvent: 'input.replace',
      })
      this.next()
    })
  }

  replaceAll(): boolean {
    return this.withMatches(({ matches, count }) => {
      if (matches.missing !== null) return this.refuse(texts.finding.noGroup(matches.missing))
      if (matches.more) return this.refuse(texts.finding.tooManyToReplace(MOST))
      const { state } = this.view
      this.view.dispatch({
        changes: Array.from({ length: count }, (_, i) => ({
          from: matches.places[2 * i]!,
          to: matches.places[2 * i + 1]!,
          insert: state.toText(matches.inserts?.[i] ?? ''),
        })),
        effects: EditorView.announce.of(`${state.phrase('replaced $ matches', count)}.`),
        userEvent: 'input.replace.all',
      })
    })
  }

  /** Does something with the matches in the text as it is then: at once if they are known. Not if something else is looked for by then. */
  private withMatches(act: (found: { matches: Matches; count: number }) => void): true {
    this.refusal = ''
    const use = (known: Known): void => {
      const count = (known.matches?.places.length ?? 0) / 2
      if (known.matches && count) act({ matches: known.matches, count })
      else if (known.matches) this.refuse(texts.finding.none)
    }
    const asked = getSearchQuery(this.view.state)
    const isWanted = (): boolean => !this.gone && asked.eq(getSearchQuery(this.view.state))
    const isNow = (known: Known | null): known is Known =>
      known?.doc === this.view.state.doc && known.query.eq(asked)
    if (isNow(this.known) && this.known.matches) use(this.known)
    else {
      void (async () => {
        for (let i = 0; i < TRIES; i++) {
          const known = await this.look()
          if (!isWanted() || (known && !known.matches)) return
          if (isNow(known)) return use(known)
        }
        this.refuse(texts.finding.changing)
      })()
    }
    return true
  }

  /** Asks for the matches of what is looked for in the text as it is. Null: it was left for another question. */
  private look(): Promise<Known | null> {
    this.unschedule()
    const { doc } = this.view.state
    const query = patternOf(this.view.state)
    if (!query) return Promise.resolve(null)
    if (this.asking?.doc === doc && this.asking.query.eq(query)) return this.asking.answer
    const answer = this.answerTo(doc, query)
    this.asking = { doc, query, answer }
    return answer
  }

  private async answerTo(doc: Text, query: SearchQuery): Promise<Known | null> {
    const { state } = this.view
    const outcome = await this.matcher.ask(doc, {
      source: query.search,
      ignoreCase: !query.caseSensitive,
      wholeWord: query.wholeWord,
      wordChars: state.languageDataAt<string>('wordChars', state.selection.main.head).join(''),
      replacement: query.replace,
    })
    if (this.asking?.query === query && this.asking.doc === doc) this.asking = null
    if (outcome === 'left' || this.gone) return null
    const matches = outcome === 'slow' ? null : outcome
    this.known = { doc, query, matches, onlyPlaces: matches !== null && onlyPlaces(matches) }
    const effects: StateEffect<unknown>[] = [learned.of(null)]
    if (!matches) effects.push(EditorView.announce.of(texts.finding.slow))
    this.view.dispatch({ effects })
    return this.known
  }

  private refuse(sentence: string): void {
    this.refusal = sentence
    this.view.dispatch({ effects: [learned.of(null), EditorView.announce.of(sentence)] })
  }

  private select(index: number, { places }: Matches): void {
    const { state } = this.view
    const [from, to] = [places[2 * index]!, places[2 * index + 1]!]
    const selection = EditorSelection.single(from, to)
    const line = state.doc.lineAt(from)
    const text = state.sliceDoc(from, Math.min(to, line.to, from + 80))
    this.view.dispatch({
      selection,
      effects: [
        EditorView.announce.of(
          `${state.phrase('current match')}. ${text} ${state.phrase('on line')} ${line.number}.`,
        ),
        EditorView.scrollIntoView(selection.main),
      ],
      userEvent: 'select.search',
    })
    const field = this.view.dom.querySelector<HTMLInputElement>('.cm-search [main-field]')
    if (field && field === this.view.root.activeElement) field.select()
  }

  private marks({ matches }: Known): DecorationSet {
    const builder = new RangeSetBuilder<Decoration>()
    const places = matches?.places ?? new Int32Array()
    const { state, visibleRanges } = this.view
    let i = 0
    for (const range of visibleRanges) {
      // The last one before may reach into what is seen.
      i = Math.max(i, firstFrom(places, range.from) - 1)
      for (; 2 * i < places.length && places[2 * i]! < range.to; i++) {
        const [from, to] = [places[2 * i]!, places[2 * i + 1]!]
        const selected = state.selection.ranges.some((one) => one.from === from && one.to === to)
        if (from < to) builder.add(from, to, selected ? selectedMark : mark)
      }
    }
    return builder.finish()
  }
}

/** The number of the first match that begins at a place or after it. */
function firstFrom(places: Int32Array, at: number): number {
  let [low, high] = [0, places.length / 2]
  while (low < high) {
    const middle = (low + high) >> 1
    if (places[2 * middle]! < at) low = middle + 1
    else high = middle
  }
  return low
}

const finder = ViewPlugin.fromClass(Finder, { decorations: (plugin) => plugin.decorations })

/** What there is to say about the search in an editor; empty for nothing. */
export const findSentence = (view: EditorView): string => view.plugin(finder)?.sentence ?? ''

function command(
  plain: Command,
  ours: (finder: Finder) => boolean,
  { writes = false }: { writes?: boolean } = {},
): Command {
  return (view) => {
    if (!getSearchQuery(view.state).regexp) return plain(view)
    if (writes && view.state.readOnly) return false
    const plugin = view.plugin(finder)
    return plugin && patternOf(view.state) ? ours(plugin) : openSearchPanel(view)
  }
}

export const findNext = command(findNextPlain, (plugin) => plugin.next())
export const findPrevious = command(findPreviousPlain, (plugin) => plugin.previous())
export const selectMatches = command(selectMatchesPlain, (plugin) => plugin.selectAll())
export const replaceNext = command(replaceNextPlain, (plugin) => plugin.replaceNext(), { writes: true })
export const replaceAll = command(replaceAllPlain, (plugin) => plugin.replaceAll(), { writes: true })

/** CodeMirror's keys, for these commands. */
export const findKeymap: readonly KeyBinding[] = searchKeymap.map((binding) =>
  binding.run === findNextPlain ? { ...binding, run: findNext, shift: findPrevious } : binding,
)

/** No regular expression is ever one for CodeMirror to try. */
const kept = EditorState.transactionFilter.of((transaction) => {
  for (const effect of transaction.effects) {
    if (effect.is(setSearchQuery) && effect.value.regexp)
      Object.defineProperty(effect.value, 'valid', { value: false })
  }
  return transaction
})

/** All of it but the panel. */
export const findingByPattern: Extension = [kept, Prec.low(finder)]
