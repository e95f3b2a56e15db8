/** An entry of the audit log as a sentence. */
import type { AuditEntry } from '@/api/admin'
import { pageTexts } from '@/texts/pages'

export function sentenceOf({ actor, action, session, target, detail }: AuditEntry): string {
  const did = {
    actor: actor ?? pageTexts.admin.shell,
    target: target ?? '',
    session: session?.title ?? '',
    detail: detail ?? '',
  }
  return pageTexts.admin.did[action]?.(did) ?? pageTexts.admin.didOther(action, did)
}
