/** An entry of the audit log as a sentence. */
import type { AuditEntry } from '@/api/admin'
import { texts } from '@/texts'

export function sentenceOf({ actor, action, session, target, detail }: AuditEntry): string {
  const did = {
    actor: actor ?? texts.admin.shell,
    target: target ?? '',
    session: session?.title ?? '',
    detail: detail ?? '',
  }
  return texts.admin.did[action]?.(did) ?? texts.admin.didOther(action, did)
}
