import { describe, expect, it } from 'vitest'
import { inviteOf, pictureOf } from '@/model/invites'

const TOKEN = 'abc-DEF_ghi0123456789z'

describe('inviteOf', () => {
  it('takes a link under any name of the server, and its last part alone', () => {
    for (const text of [
      `http://localhost:8080/join#${TOKEN}`,
      ` https://atlas.local:8443/join#${TOKEN}\n`,
      `atlas.local/join#${TOKEN}`,
      `/join#${TOKEN}`,
      TOKEN,
    ]) {
      expect(inviteOf(text)).toBe(TOKEN)
    }
  })

  it('takes a code however it is written', () => {
    for (const text of ['KTM-RWP-XHD', 'ktm rwp xhd', 'KtmRwpXhd', ' ktm. rwp – xhd ', '/join#KTM-RWP-XHD']) {
      expect(inviteOf(text)).toBe('KTM-RWP-XHD')
    }
  })

  it('takes nothing else, and gives nothing that could lead elsewhere', () => {
    for (const text of [
      '',
      'KTM-RWP',
      'ATM-RWP-XHD',
      'https://atlas.local/join',
      'https://evil.example/',
      '//evil.example',
      `${TOKEN}x`,
      'javascript:alert(1)',
      '../../me',
    ]) {
      expect(inviteOf(text)).toBeNull()
    }
  })
})

describe('pictureOf', () => {
  it('keeps the whole document, quotes and # included', () => {
    const svg = '<svg xmlns="http://www.w3.org/2000/svg"><path fill="#fff" d=\'M0 0\'/></svg>'
    expect(decodeURIComponent(pictureOf(svg).slice('data:image/svg+xml,'.length))).toBe(svg)
    expect(pictureOf(svg)).not.toMatch(/[#"\s]/)
  })
})
