/** Colours lines of code outside of an editor, with the editor's own parsers. Loaded when a difference or a message with code is shown. */
import { highlightTree } from '@lezer/highlight'
import type { Token } from '@/model/segments'
import { languageNamed, languageOf, type FileLanguage } from './languages'
import { syntax } from './syntax'

/** Takes lines that stand one below the other and gives the tokens of each. */
export type Highlight = (lines: readonly string[]) => Token[][]

/** Beyond this, colours are not worth the wait. */
const MOST = 300_000

/** Null for a file of no language that is known. */
export async function highlighterOf(path: string): Promise<Highlight | null> {
  return highlighter(await languageOf(path))
}

/** The same for a language by its name, as people write it behind the fence of a block of code. */
export async function highlighterNamed(language: string): Promise<Highlight | null> {
  return highlighter(await languageNamed(language))
}

async function highlighter(found: FileLanguage | null): Promise<Highlight | null> {
  if (!found) return null
  const { language } = await found.load()
  return (lines) => {
    const text = lines.join('\n')
    const tokens: Token[][] = lines.map(() => [])
    if (text.length > MOST) return tokens
    let line = 0
    let start = 0
    highlightTree(language.parser.parse(text), syntax, (from, to, look) => {
      // A token such as a long comment may go over many lines.
      while (line < lines.length && start + lines[line]!.length < from) start += lines[line++]!.length + 1
      for (let i = line, at = start; i < lines.length && at < to; at += lines[i++]!.length + 1) {
        const end = Math.min(to, at + lines[i]!.length)
        const begin = Math.max(from, at)
        if (end > begin) tokens[i]!.push({ from: begin - at, to: end - at, look })
      }
    })
    return tokens
  }
}
