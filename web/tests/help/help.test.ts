// @vitest-environment happy-dom
import { beforeAll, describe, expect, it } from 'vitest'
import { addressOf, documents, groups, helpAddress } from '@/help/documents'
import { renderHelp } from '@/help/render'
import { searchHelp } from '@/help/search'

const shown = new Map<string, HTMLElement>()

beforeAll(async () => {
  for (const [name, document_] of documents) {
    const element = document.createElement('article')
    element.innerHTML = await renderHelp(document_)
    shown.set(name, element)
  }
}, 120_000)

describe('the documents', () => {
  it('HE1: are all of docs/, each with its title, under the groups of the table of contents', () => {
    expect(documents.get('tutorial')!.title).toBe('A first session')
    expect(documents.get('')!.title).toBe('Documentation')
    expect([...documents.values()].filter(({ title, text }) => !title || !text)).toEqual([])
    const listed = groups.flatMap((group) => group.documents.map(({ name }) => name))
    expect(groups.length).toBeGreaterThan(3)
    expect(listed).toContain('howto/back-up')
    expect(new Set(listed).size).toBe(listed.length)
    const alone = [...documents.keys()].filter((name) => name && !listed.includes(name))
    expect(alone.filter((name) => !name.startsWith('decisions/'))).toEqual([])
  })

  it('HE2: name one another as their files do', () => {
    expect(addressOf('howto/install.md#docker', '')).toBe('/help/howto/install#docker')
    expect(addressOf('../tutorial.md', 'howto/install')).toBe('/help/tutorial')
    expect(addressOf('#docker', 'howto/install')).toBe('/help/howto/install#docker')
    expect(addressOf('README.md', 'tutorial')).toBe('/help')
    expect(addressOf('https://git-scm.com/', 'tutorial')).toBe('https://git-scm.com/')
    for (const link of ['../CONTRIBUTING.md', '../../CHANGELOG.md', 'pictures/history.png', 'nothing.md']) {
      expect(addressOf(link, 'tutorial')).toBeNull()
    }
  })

  it('HE2: lead nowhere that is not there', () => {
    const ids = new Map<string, Set<string>>()
    const links: { from: string; href: string }[] = []
    for (const [name, page] of shown) {
      ids.set(helpAddress(name), new Set([...page.querySelectorAll('[id]')].map(({ id }) => id)))
      for (const link of page.querySelectorAll('a'))
        links.push({ from: name, href: link.getAttribute('href')! })
    }
    expect(links.length).toBeGreaterThan(50)
    const wrong = links.filter(({ href }) => {
      if (!href.startsWith('/')) return !/^(https?|mailto):/.test(href)
      const [path = '', anchor] = href.split('#')
      return !ids.has(path) || (anchor !== undefined && !ids.get(path)!.has(decodeURIComponent(anchor)))
    })
    expect(wrong).toEqual([])
  })

  it('HE2: have nothing that the policy of the pages forbids, and nothing from elsewhere', () => {
    for (const [name, page] of shown) {
      expect(page.querySelectorAll('[style], script, iframe').length, name).toBe(0)
      for (const picture of page.querySelectorAll('img')) {
        expect(picture.getAttribute('src'), name).toMatch(/^(\/(?!\/)|data:)/)
      }
      for (const link of page.querySelectorAll('a[target]'))
        expect(link.getAttribute('rel')).toContain('noopener')
    }
  })
})

describe('the search', () => {
  it('HE3: finds the sections that have every word, those with it in their heading first', () => {
    const hits = searchHelp('docker  COMPOSE')
    expect(hits[0]!.address).toBe('/help/howto/install#with-docker')
    expect(searchHelp('certificate android').map(({ document }) => document.name)).toContain(
      'howto/https-on-a-lan',
    )
    for (const { excerpt } of hits) expect(excerpt.some(({ found }) => found)).toBe(true)
  })

  it('HE3: finds nothing for nothing, and never more than thirty', () => {
    expect(searchHelp('  ')).toEqual([])
    expect(searchHelp('xyzzyplugh')).toEqual([])
    expect(searchHelp('the')).toHaveLength(30)
  })
})
