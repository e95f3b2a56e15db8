/** Which language a file is in, by its name; the list and each language are loaded when first needed. */
import { LanguageDescription, type LanguageSupport } from '@codemirror/language'
import { baseName } from '@/model/tree'

export interface FileLanguage {
  name: string
  load(): Promise<LanguageSupport>
}

/** Null for a file of no language that is known. */
export async function languageOf(path: string): Promise<FileLanguage | null> {
  const { languages } = await import('@codemirror/language-data')
  const found = LanguageDescription.matchFilename(languages, baseName(path))
  return found && { name: found.name, load: () => found.load() }
}
