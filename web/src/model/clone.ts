/** Commands for a terminal that bring a session and a clone of it together. */

/** A name for the folder of a clone: the session's title in letters that every shell takes as they are, else the session's id. */
export function folderName(title: string, id: string): string {
  const name = title
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{M}/gu, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60)
    .replace(/-+$/, '')
  return name || id
}

/** From a repository that somebody has into a session without files: its branch with all history, and its tags. */
export const firstPush = (address: string): string =>
  [`git remote add together ${address}`, 'git push together HEAD:main --tags'].join('\n')

/** In a clone: what was committed there comes into the session, and what came meanwhile into the clone. */
export const pushBack = (): string => ['git push origin main', 'git pull'].join('\n')

/** The same from a clone that is behind. */
export const pushBehind = (): string => 'git push origin HEAD:refs/for/main'
