/** The languages that were chosen for files, other than their names say; kept in this browser. */
import { reactive } from 'vue'

export type LanguageChoices = Map<string, string | null>

const sessions = new Map<string, LanguageChoices>()
const key = (session: string): string => `code_together.languages.${session}`

/** By path; null is plain text. */
export function languageChoices(session: string): LanguageChoices {
  let choices = sessions.get(session)
  if (!choices) sessions.set(session, (choices = reactive(new Map(stored(session)))))
  return choices
}

export function chooseLanguage(session: string, path: string, name: string | null | undefined): void {
  const choices = languageChoices(session)
  if (name === undefined) choices.delete(path)
  else choices.set(path, name)
  try {
    localStorage.setItem(key(session), JSON.stringify([...choices]))
  } catch {
    // It holds for this page only.
  }
}

function stored(session: string): [string, string | null][] {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(key(session)) ?? '[]')
    return Array.isArray(found) ? found.filter(isChoice) : []
  } catch {
    return []
  }
}

function isChoice(value: unknown): value is [string, string | null] {
  return (
    Array.isArray(value) &&
    typeof value[0] === 'string' &&
    (typeof value[1] === 'string' || value[1] === null)
  )
}
