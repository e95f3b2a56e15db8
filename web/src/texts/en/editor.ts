/** What the editor says, and what it shows in place of text. */

export const editor = {
  preview: {
    of: (name: string): string => `Preview of ${name}`,
    show: 'Preview',
    alone: 'Preview without the text',
    beside: 'Text and preview',
  },

  characters: {
    shown: (name: string, code: string): string => `${name} (${code})`,
    other: 'Invisible character',
    names: {
      0x0d: 'Carriage return',
      0xa0: 'Blank that does not break',
      0xad: 'Soft hyphen',
      0x061c: 'Arabic letter mark',
      0x200b: 'Zero width space',
      0x200c: 'Zero width non-joiner',
      0x200d: 'Zero width joiner',
      0x200e: 'Left-to-right mark',
      0x200f: 'Right-to-left mark',
      0x2028: 'Line separator',
      0x2029: 'Paragraph separator',
      0x202a: 'Left-to-right embedding',
      0x202b: 'Right-to-left embedding',
      0x202c: 'End of a change of direction',
      0x202d: 'Left-to-right override',
      0x202e: 'Right-to-left override',
      0x2060: 'Word joiner',
      0x2066: 'Left-to-right isolate',
      0x2067: 'Right-to-left isolate',
      0x2068: 'First strong isolate',
      0x2069: 'End of an isolate',
      0xfeff: 'Byte order mark',
    } as Record<number, string>,
  },

  /** Find and replace with a regular expression. */
  finding: {
    wrong: (why: string): string => `This is not a regular expression yet: ${why}.`,
    slow: 'This pattern takes too long in this text, so the search was stopped. Make it more exact: for example no repetition within a repetition.',
    notInVim:
      'A repetition within a repetition could hold this page, so Vim does not search for it. Find it with Ctrl+F.',
    none: 'Nothing in this text matches.',
    onlyPlaces:
      'This matches places between characters, so there is nothing to mark: Next goes from one to the next, Replace puts its text there.',
    noGroup: (group: number): string =>
      `The pattern has no group ${group}. For a dollar sign write $$, for what was found $&.`,
    tooManyToSelect: (most: number): string =>
      `There are more than ${most.toLocaleString()} matches: too many to select at once.`,
    tooManyToReplace: (most: number): string =>
      `There are more than ${most.toLocaleString()} matches, so nothing was replaced. Make the pattern more exact.`,
    changing: 'Others change this text so fast that the search does not keep up. Try again in a moment.',
  },

  /** What CodeMirror itself says, by its own words. */
  codemirror: {
    'Go to line': 'Go to line',
    go: 'Go',
    Find: 'Find',
    Replace: 'Replace',
    next: 'Next',
    previous: 'Previous',
    all: 'All',
    'match case': 'Match case',
    'by word': 'Whole words',
    regexp: 'Regular expression',
    replace: 'Replace',
    'replace all': 'Replace all',
    close: 'Close',
    'current match': 'current match',
    'on line': 'on line',
    'replaced match on line $': 'replaced match on line $',
    'replaced $ matches': 'replaced $ matches',
    'Fold line': 'Fold line',
    'Unfold line': 'Unfold line',
    'folded code': 'folded code',
    'Folded lines': 'Folded lines',
    'Unfolded lines': 'Unfolded lines',
    unfold: 'unfold',
    'Control character': 'Control character',
    'Selection deleted': 'Selection deleted',
    Completions: 'Proposals',
    to: 'to',
  },
}
