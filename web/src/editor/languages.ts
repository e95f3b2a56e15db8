/** Which language a file is in, by its name; the list and each language are loaded when first needed. */
import { LanguageDescription, LanguageSupport, LRLanguage } from '@codemirror/language'
import { baseName } from '@/model/tree'

export interface FileLanguage {
  name: string
  load(): Promise<LanguageSupport>
}

/** A language by its name; null: plain text; undefined: what the file's name says. */
export type ChosenLanguage = string | null | undefined

/**
 * A tree of syntax is made of pieces, and an edit has the whole piece that it is in parsed anew. With the pieces of 1,024 numbers that the parsers make by
 * themselves that is a page of code, and the greater part of what an update of the editor costs.
 */
const PIECE = 128

async function load(found: LanguageDescription): Promise<LanguageSupport> {
  const { language, support } = await found.load()
  const fine = language instanceof LRLanguage ? language.configure({ bufferLength: PIECE }) : language
  return new LanguageSupport(fine, support)
}

function fileLanguage(found: LanguageDescription | null): FileLanguage | null {
  return found && { name: found.name, load: () => load(found) }
}

/** By what people call it: `py`, `python`, `c++`. Null for no language that is known. */
export async function languageNamed(name: string): Promise<FileLanguage | null> {
  const { languages } = await import('@codemirror/language-data')
  const found =
    LanguageDescription.matchLanguageName(languages, name, false) ??
    LanguageDescription.matchFilename(languages, `x.${name}`)
  return fileLanguage(found)
}

/** Null for a file of no language that is known. */
export async function languageOf(path: string, chosen?: ChosenLanguage): Promise<FileLanguage | null> {
  if (chosen === null) return null
  const { languages } = await import('@codemirror/language-data')
  const found =
    languages.find(({ name }) => name === chosen) ??
    LanguageDescription.matchFilename(languages, baseName(path))
  return fileLanguage(found)
}

/** All that can be chosen, by name. */
export async function languageNames(): Promise<string[]> {
  const { languages } = await import('@codemirror/language-data')
  return languages.map(({ name }) => name).sort((a, b) => a.localeCompare(b))
}
