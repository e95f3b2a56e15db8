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
