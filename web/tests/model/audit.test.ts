import { describe, expect, it } from 'vitest'
import type { AuditEntry } from '@/api/admin'
import { sentenceOf } from '@/model/audit'

const entry = (fields: Partial<AuditEntry>): AuditEntry => ({
  id: 1,
  at: '2026-11-23T08:00:00Z',
  actor: 'ann',
  action: 'restored',
  session: { id: 's', title: 'Parser' },
  target: null,
  detail: null,
  ...fields,
})

describe('AM8: the audit log in sentences', () => {
  it.each([
    [entry({ action: 'member_added', target: 'bob', detail: 'editor' }), 'ann added bob to Parser as editor'],
    [entry({ action: 'account_disabled', actor: null, target: 'bob' }), 'The command line disabled bob'],
    [entry({ action: 'account_made', target: 'ann' }), 'ann made an account'],
    [entry({ action: 'restored', detail: 'a1b2c3d4e5' }), 'ann put Parser back as of a1b2c3d'],
    [entry({ target: 'a.py', detail: 'a1b2c3d4e5' }), 'ann put a.py in Parser back as of a1b2c3d'],
    [entry({ action: 'session_opened_to', detail: 'lan editor' }), 'ann let everyone edit Parser'],
    [entry({ action: 'session_opened_to', detail: 'private' }), 'ann made Parser members only'],
    [entry({ action: 'something_newer', target: 'bob' }), 'ann · something newer · bob · Parser'],
  ])('%o', (said, sentence) => {
    expect(sentenceOf(said)).toBe(sentence)
  })
})
