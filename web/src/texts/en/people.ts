/** Who is here, and what they did. */
import { count, lasting, some } from '../counting'

export const people = {
  presence: {
    people: (n: number): string => `People here: ${n}`,
    here: 'People here',
    goTo: (name: string): string => `Go to where ${name} is`,
    follow: (name: string): string => `Follow ${name}`,
    stopFollowing: (name: string): string => `Stop following ${name}`,
    following: (name: string): string => `Following ${name}`,
    stop: 'Stop',
    toStop: 'Esc to stop',
    followingNow: (name: string): string => `Following ${name}. Escape stops it.`,
    followingEnded: (name: string): string => `You no longer follow ${name}.`,
    followedLeft: (name: string): string => `${name} left. You no longer follow them.`,
    noFile: 'not in a file',
    idle: (minutes: number): string => (minutes < 1 ? 'idle' : `idle for ${lasting(minutes)}`),
    comings: (came: string[], went: string[]): string =>
      [
        came.length && `${some(came, 'person', 'people')} joined.`,
        went.length && `${some(went, 'person', 'people')} left.`,
      ]
        .filter(Boolean)
        .join(' '),
    changes: (who: string[], files: string[]): string =>
      `${some(who, 'person', 'people')} changed ${some(files, 'file', 'files')}.`,
    away: 'While you were away',
    awaySince: (moment: string): string => `Since ${moment}`,
    awayWhen: (minutes: number): string =>
      `Shown after ${minutes} minutes and more. What was changed in a shorter time has a mark in the files and tabs.`,
    awayNews: (people: number, files: number): string =>
      `While you were away ${count(people, 'person', 'people')} changed ${count(files, 'file', 'files')}.`,
    files: (n: number): string => count(n, 'file', 'files'),
    moreFiles: (n: number): string => `and ${count(n, 'more file', 'more files')}`,
    morePeople: (n: number): string => `and ${count(n, 'more person', 'more people')}`,
    more: 'There is more than this. The history has all of it.',
    openFile: (path: string): string => `Open ${path}`,
    gone: 'not here any more',
    historyOf: (path: string): string => `What changed in ${path}`,
    lines: (added: number, removed: number): string =>
      `${count(added, 'line', 'lines')} added, ${count(removed, 'line', 'lines')} removed`,
    toHistory: 'Open the history',
  },

  pushes: {
    pushed: (name: string, summary: string) => `${name} pushed with git. ${summary}`,
    places: (name: string, count: number) =>
      count === 1
        ? `${name} pushed a change of what was changed here too`
        : `${name} pushed changes of ${count} places that were changed here too`,
    open: (count: number) =>
      count === 1
        ? 'There is a place where a push met your edits: look whether it is right'
        : `There are ${count} places where pushes met your edits: look whether they are right`,
    both: (line: number) => `Line ${line}: both versions stand below one another now. Keep what you want.`,
    oursStays: (line: number) => `Line ${line}: the push takes away what was changed here. It stays.`,
    theirsCame: (line: number) =>
      `Line ${line}: this was taken away here, and the push changes it. It is back.`,
    here: 'Here',
    theirs: 'Pushed',
    fillTitle: 'Or push a repository that you have',
    fillHint:
      'In its folder. History, authors and tags come along, and the files appear here once the push has landed.',
    show: 'Show the place',
    next: 'Next place',
    done: 'Done',
  },
}
