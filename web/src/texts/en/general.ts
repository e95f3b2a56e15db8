/** What many pages say, and what goes wrong anywhere. */

import { count } from '../counting'

export const general = {
  product: 'code_together',

  general: {
    help: 'Help',
    administration: 'Administration',
    blameThis: 'Blame this file',
    cancel: 'Cancel',
    notices: 'Notices',
    close: 'Close',
    copy: 'Copy',
    copied: 'Copied',
    copyByHand: 'Copying is not allowed here. Mark the text and copy it by hand.',
    tryAgain: 'Try again',
    you: 'you',
    skip: 'Skip to content',
    loading: 'Loading',
    encryption: 'Encryption',
    inTheClear: 'Not encrypted: others can read all, passwords too.',
    whatToDo: 'What to do',
    withAction: (text: string, action: string, key: string): string => `${text}. ${action}: ${key}`,
    counted: (n: number, most: number): string => `${n} of ${most}`,
    tooLong: (over: number, most: number): string =>
      `${count(over, 'character', 'characters')} too many: it has ${most} at the most.`,
    and: (names: string[]): string => new Intl.ListFormat('en', { type: 'conjunction' }).format(names),
  },

  errors: {
    unreachable: 'The server cannot be reached. Check the network and try again.',
    unexpected: (status: number): string =>
      `The server gave an answer that makes no sense here (${status}). Try again.`,
    page: 'This page could not be loaded.',
    partGone:
      'This page is of an older version than the server, and a part of it is not there any more. Load it again; what you typed is kept.',
    part: 'This needs the server, which cannot be reached. It opens as soon as it can be.',
  },

  notFound: {
    title: 'Nothing is here',
    text: 'The address may be cut short.',
  },
}
