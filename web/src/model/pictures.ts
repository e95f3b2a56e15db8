/** Which files are pictures, and as what a browser is to take them. */

const TYPES = new Map(
  Object.entries({
    png: 'image/png',
    apng: 'image/apng',
    jpg: 'image/jpeg',
    jpeg: 'image/jpeg',
    gif: 'image/gif',
    webp: 'image/webp',
    avif: 'image/avif',
    bmp: 'image/bmp',
    ico: 'image/x-icon',
    svg: 'image/svg+xml',
  }),
)

/** The media type of a picture by its name, null for what is none. */
export function pictureType(path: string): string | null {
  return TYPES.get(/\.([a-z]+)$/i.exec(path)?.[1]?.toLowerCase() ?? '') ?? null
}
