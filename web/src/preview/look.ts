/** How Markdown and drawings look in a preview: as the page around it, whose colours are copied in. */

const TOKENS = [
  '--surface',
  '--chrome',
  '--text',
  '--text-2',
  '--line',
  '--line-strong',
  '--accent-text',
  '--focus',
  '--syn-text',
  '--syn-keyword',
  '--syn-string',
  '--syn-number',
  '--syn-function',
  '--syn-type',
  '--syn-comment',
  '--syn-punctuation',
  '--danger',
  '--font',
  '--mono',
]

/** The page's tokens as they are now. */
function tokens(dark: boolean): string {
  const page = getComputedStyle(document.documentElement)
  const values = TOKENS.map((name) => `${name}:${page.getPropertyValue(name).trim()}`).join(';')
  return `:root{color-scheme:${dark ? 'dark' : 'light'};${values}}`
}

export const proseLook = (dark: boolean): string => tokens(dark) + PROSE
export const drawingLook = (dark: boolean): string => tokens(dark) + DRAWING

const PROSE = `
*{box-sizing:border-box}
html{background:var(--surface);color:var(--text);font:1rem/1.6 var(--font);scroll-padding-top:1rem}
body{max-width:46rem;margin:0 auto;padding:1.5rem 1.5rem 4rem;overflow-wrap:break-word}
body>:first-child{margin-top:0}
h1,h2,h3,h4,h5,h6{line-height:1.25;margin:1.75em 0 .6em;font-weight:600}
h1{font-size:1.75rem}h2{font-size:1.375rem}h3{font-size:1.125rem}h4,h5,h6{font-size:1rem}
h1,h2{padding-bottom:.3em;border-bottom:1px solid var(--line)}
p,ul,ol,pre,table,blockquote{margin:0 0 1em}
ul,ol{padding-inline-start:1.6em}li+li{margin-top:.25em}li>ul,li>ol{margin:.25em 0 0}
a{color:var(--accent-text);text-underline-offset:2px}
:focus-visible{outline:2px solid var(--focus);outline-offset:2px}
code{font:.875em/1.45 var(--mono);background:var(--chrome);border:1px solid var(--line);border-radius:4px;padding:.1em .3em}
pre{background:var(--chrome);border:1px solid var(--line);border-radius:6px;padding:.75rem 1rem;overflow:auto;color:var(--syn-text)}
pre code{background:none;border:0;padding:0;font-size:.8125rem}
blockquote{padding-inline-start:1em;border-inline-start:3px solid var(--line-strong);color:var(--text-2)}
table{border-collapse:collapse;display:block;overflow:auto}
th,td{border:1px solid var(--line);padding:.35em .75em;text-align:start}
th{background:var(--chrome);font-weight:600}
hr{border:0;border-top:1px solid var(--line);margin:2em 0}
img{max-width:100%}
img:not([src]){display:inline-block;padding:.1em .4em;border:1px dashed var(--line-strong);color:var(--text-2);font-size:.8125rem}
.tok-keyword{color:var(--syn-keyword)}.tok-string{color:var(--syn-string)}.tok-number{color:var(--syn-number)}
.tok-function{color:var(--syn-function)}.tok-type{color:var(--syn-type)}.tok-comment{color:var(--syn-comment)}
.tok-punctuation{color:var(--syn-punctuation)}.tok-invalid{color:var(--danger)}
.tok-heading,.tok-strong{font-weight:600}.tok-emphasis{font-style:italic}
`

const DRAWING = `
html,body{height:100%;margin:0}
body{display:grid;place-items:center;padding:1rem;box-sizing:border-box;background:#fff conic-gradient(#e4e4e8 25%,#fff 0 50%,#e4e4e8 0 75%,#fff 0) 0 0/16px 16px}
img{max-width:100%;max-height:100%;min-width:min(8rem,100%)}
`
