/** Every text that a person reads, in English. Sentence case, plain verbs; a refusal says what would do. */

import { accounts } from './en/accounts'
import { editor } from './en/editor'
import { files } from './en/files'
import { general } from './en/general'
import { history } from './en/history'
import { people } from './en/people'
import { sessions } from './en/sessions'
import { talk } from './en/talk'
import { workspace } from './en/workspace'

export const en = {
  ...general,
  ...accounts,
  ...sessions,
  ...workspace,
  ...people,
  ...editor,
  ...files,
  ...talk,
  ...history,
}
