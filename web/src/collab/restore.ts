import { Text } from '@codemirror/state'
import { parseChanges } from '../wire/changes'
import { Document } from './document'
import type { Documents } from './documents'
import type { Identity } from './identity'
import type { Line } from './line'
import { Peer } from './peer'
import type { Rescue } from './rescue'
import type { Kept } from './storage'

/** A copy with nothing unsent is left by a tab that died at that moment; younger ones may be a live tab's. */
const FORGOTTEN_AFTER = 3_600_000

/**
 * Takes up what was kept before this page was loaded (CL5): texts that nobody has looked at yet, a client id, and the unsent edits under it.
 * Gives the other client ids that left unsent edits behind.
 */
export async function restore(
  line: Line,
  identity: Identity,
  documents: Documents,
  rescue: Rescue,
): Promise<string[]> {
  const kept = await load(line, rescue)
  const ids = [...new Set(kept.filter(unsent).map(({ client }) => client))]
  await identity.claim(ids)
  const old = line.clock.now() - FORGOTTEN_AFTER
  for (const one of kept) {
    const mine = one.client === identity.client
    if (mine && unsent(one)) takeUp(line, documents, one)
    else if (!unsent(one) && (mine || one.savedAt < old)) await drop(line, one)
  }
  return ids.filter((id) => id !== identity.client)
}

/** The newest comes first. */
async function load(line: Line, rescue: Rescue): Promise<Kept[]> {
  const { storage, session, account } = line
  try {
    const [edits, texts] = await Promise.all([
      storage.load(session, account),
      storage.rescued(session, account),
    ])
    for (const text of texts) rescue.tell(text)
    return edits.sort((a, b) => b.savedAt - a.savedAt)
  } catch (error) {
    line.notKept(error)
    return []
  }
}

function unsent(kept: Kept): boolean {
  return kept.changes.length > 0
}

function takeUp(line: Line, documents: Documents, kept: Kept): void {
  try {
    let base = Text.of(kept.base.split('\n'))
    for (const changes of kept.since) base = parseChanges(changes).apply(base)
    const { client, first, sent, mayBeSent } = kept
    const changes = kept.changes.map(parseChanges)
    const version = kept.baseVersion + kept.since.length
    const peer = Peer.restored({ client, version, first, sent, mayBeSent, changes }, base)
    documents.add(new Document(line, kept.doc, kept.path, false, peer, true))
  } catch (error) {
    line.notKept(error)
  }
}

async function drop(line: Line, kept: Kept): Promise<void> {
  await line.storage.drop(line.session, kept.client, kept.doc).catch((error: unknown) => line.notKept(error))
}
