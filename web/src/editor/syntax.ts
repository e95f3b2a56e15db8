/** The seven roles of code (styles/code.css gives each its colour), for the editor and for differences alike. */
import { tagHighlighter, tags as t, type Highlighter } from '@lezer/highlight'

export const syntax: Highlighter = tagHighlighter([
  { tag: [t.keyword, t.modifier, t.self, t.null, t.tagName, t.definitionKeyword], class: 'tok-keyword' },
  { tag: [t.string, t.regexp, t.character, t.attributeValue, t.docString], class: 'tok-string' },
  {
    tag: [t.number, t.bool, t.atom, t.literal, t.unit, t.color, t.escape, t.constant(t.name)],
    class: 'tok-number',
  },
  {
    tag: [
      t.function(t.variableName),
      t.function(t.propertyName),
      t.function(t.definition(t.variableName)),
      t.function(t.definition(t.propertyName)),
      t.macroName,
      t.labelName,
      t.meta,
      t.annotation,
      t.link,
    ],
    class: 'tok-function',
  },
  { tag: [t.typeName, t.className, t.namespace, t.attributeName, t.standard(t.typeName)], class: 'tok-type' },
  { tag: [t.comment, t.documentMeta, t.quote], class: 'tok-comment' },
  {
    tag: [t.punctuation, t.operator, t.bracket, t.separator, t.processingInstruction],
    class: 'tok-punctuation',
  },
  { tag: [t.definition(t.typeName), t.definition(t.className)], class: 'tok-type' },
  { tag: t.heading, class: 'tok-heading' },
  { tag: t.strong, class: 'tok-strong' },
  { tag: t.emphasis, class: 'tok-emphasis' },
  { tag: t.strikethrough, class: 'tok-strike' },
  { tag: t.url, class: 'tok-url' },
  { tag: t.invalid, class: 'tok-invalid' },
])
