/** What a person is shown by: initials and a colour. */

/** `Amara Obi` → `AO`; one word → its first letter; `size` 1 always gives one letter. */
export function initials(name: string, size: 1 | 2 = 2): string {
  const parts = name
    .trim()
    .split(/[\s_-]+/u)
    .filter(Boolean)
  const first = letter(parts[0] ?? '?')
  return size === 2 && parts.length > 1 ? first + letter(parts[parts.length - 1]!) : first
}

function letter(word: string): string {
  return (Array.from(word)[0] ?? '?').toLocaleUpperCase()
}

/** The first name, which is what people call each other in a small place such as a flag. */
export function firstName(name: string): string {
  return name.trim().split(/\s+/u)[0] || name
}

/** A colour (1 to 8) for someone of whom nothing but a name is known, always the same for the same name. */
export function colorOf(name: string): number {
  let hash = 0
  for (const character of name) hash = (hash * 31 + character.codePointAt(0)!) >>> 0
  return (hash % 8) + 1
}
