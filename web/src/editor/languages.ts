/** Which language a file is in, by its name; the list and each language are loaded when first needed. */
import { LanguageDescription, type LanguageSupport } from '@codemirror/language'
import { baseName } from '@/model/tree'

export interface FileLanguage {
  name: string
  load(): Promise<LanguageSupport>
}

/** A language by its name; null: plain text; undefined: what the file's name says. */
export type ChosenLanguage = string | null | undefined

/** By what people call it: `py`, `python`, `c++`. Null for no language that is known. */
export async function languageNamed(name: string): Promise<FileLanguage | null> {
  const { languages } = await import('@codemirror/language-data')
  const found =
    LanguageDescription.matchLanguageName(languages, name, false) ??
    LanguageDescription.matchFilename(languages, `x.${name}`)
  return found && { name: found.name, load: () => found.load() }
}

/** Null for a file of no language that is known. */
export async function languageOf(path: string, chosen?: ChosenLanguage): Promise<FileLanguage | null> {
  if (chosen === null) return null
  const { languages } = await import('@codemirror/language-data')
  const found =
    languages.find(({ name }) => name === chosen) ??
    LanguageDescription.matchFilename(languages, baseName(path))
  return found && { name: found.name, load: () => found.load() }
}

/** All that can be chosen, by name. */
export async function languageNames(): Promise<string[]> {
  const { languages } = await import('@codemirror/language-data')
  return languages.map(({ name }) => name).sort((a, b) => a.localeCompare(b))
}
