/** What was written in Markdown as one line of plain words, for lists. */
import type { Block, Inline } from './markdown'

/** Characters of a text that are read for a list: it shows three lines. */
export const READ = 600

/** The words of a text, without its marks. */
export function wordsOf(blocks: readonly Block[]): string {
  return blocks.map(wordsOfBlock).filter(Boolean).join(' ')
}

function wordsOfBlock(block: Block): string {
  switch (block.type) {
    case 'paragraph':
      return inline(block.children)
    case 'code':
      return block.text.trim()
    case 'quote':
      return wordsOf(block.children)
    case 'list':
      return block.items.map(wordsOf).join(' ')
  }
}

const inline = (parts: readonly Inline[]): string =>
  parts
    .map((part) => {
      if (part.type === 'break') return ' '
      return part.type === 'text' || part.type === 'code' ? part.text : inline(part.children)
    })
    .join('')
