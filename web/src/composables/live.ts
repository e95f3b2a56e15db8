/** A session's live connection as Vue sees it: the only bridge to `collab`. */
import { computed, onScopeDispose, ref, shallowRef, type Ref, type ShallowRef } from 'vue'
import { ApiError } from '@/api/request'
import { getSession } from '@/api/sessions'
import { Client, type PendingEvent, type Reason, type Rescued, type Status } from '@/collab/client'
import { IndexedStorage, MemoryStorage, type Storage } from '@/collab/storage'
import { browserTab } from '@/collab/tabs'
import { texts } from '@/texts'
import { gather, latest, type Connected, type Here } from '@/model/presence'
import type { FileEntry, Role } from '@/wire/messages'

export interface LastRevision {
  id: string
  at: Date
}

export interface Closed {
  reason: Reason
  message: string | null
  doc: number | null
}

export type Shut = 'removed' | 'deleted' | 'not_found'

export interface Live {
  client: Client
  status: Readonly<Ref<Status>>
  /** Why it is closed for good. */
  closed: Readonly<Ref<Closed | null>>
  /** There is no session to come back to: one was removed, or it was deleted. It holds until there is a welcome again. */
  shut: Readonly<Ref<Shut | null>>
  /** Whether there was a connection at all yet. */
  welcomed: Readonly<Ref<boolean>>
  /** When the next attempt is made. */
  retryAt: Readonly<Ref<Date | null>>
  /** Since when there is no connection. */
  awaySince: Readonly<Ref<Date | null>>
  title: Readonly<Ref<string>>
  /** The session can be read and not changed. */
  archived: Readonly<Ref<boolean>>
  /** The server's disk takes nothing: what was typed here could not be saved yet. */
  cannotSave: Readonly<Ref<boolean>>
  role: Readonly<Ref<Role | null>>
  /** Everyone who is here, each person once. */
  people: Readonly<ShallowRef<readonly Here[]>>
  files: Readonly<ShallowRef<readonly FileEntry[]>>
  pending: Readonly<ShallowRef<PendingEvent>>
  /** The revision that was made last while this page was open. */
  revision: Readonly<ShallowRef<LastRevision | null>>
  /** What could not be merged. */
  rescued: Readonly<ShallowRef<readonly Rescued[]>>
  dismiss(id: string): void
}

/** Connects until the scope ends. */
export function useLive(session: string, account: string): Live {
  const tab = browserTab(session, account)
  const client = new Client({
    session,
    account,
    storage: storage(),
    tab,
    connect() {
      const address = new URL(`/api/sessions/${encodeURIComponent(session)}/live`, window.location.href)
      address.protocol = address.protocol.replace('http', 'ws')
      return new WebSocket(address)
    },
    whyRefused: () => whyRefused(session),
  })

  const status = ref<Status>('connecting')
  const closed = shallowRef<Closed | null>(null)
  const shut = ref<Shut | null>(null)
  const welcomed = ref(false)
  const retryAt = shallowRef<Date | null>(null)
  const awaySince = shallowRef<Date | null>(null)
  const title = ref('')
  const archived = ref(false)
  const cannotSave = ref(false)
  const role = ref<Role | null>(null)
  const connected = shallowRef<readonly Connected[]>([])
  const people = computed(() => gather(connected.value))
  const files = shallowRef<readonly FileEntry[]>([])
  const pending = shallowRef<PendingEvent>({ updates: 0, documents: 0, since: null })
  const revision = shallowRef<LastRevision | null>(null)
  const rescued = shallowRef<readonly Rescued[]>([])

  client.on('status', ({ status: now, reason, message, doc, retryIn }) => {
    status.value = now
    closed.value =
      now === 'closed' && reason !== null && reason !== 'stopped' ? { reason, message, doc } : null
    if (client.shut && now === 'closed') shut.value ??= reason as Shut
    else if (now === 'online') shut.value = null
    retryAt.value = retryIn === null ? null : new Date(Date.now() + retryIn)
    awaySince.value = now === 'online' ? null : (awaySince.value ?? new Date())
  })
  client.on('welcome', () => (welcomed.value = true))
  client.on('session', (session) => {
    title.value = session.title
    archived.value = session.archived ?? false
  })
  client.on('role', (value) => (role.value = value))
  client.on('people', (list) => (connected.value = list.map((person) => latest(person, person, Date.now()))))
  client.on('looks', (looks) => {
    const known = new Map(looks.map((look) => [look.client, look]))
    connected.value = connected.value.map((one) => {
      const look = known.get(one.client)
      return look ? latest(one, look, Date.now()) : one
    })
  })
  client.on('files', (list) => (files.value = list))
  client.on('pending', (value) => {
    pending.value = value
    if (value.updates === 0) cannotSave.value = false
  })
  client.on('error', ({ code, fatal }) => {
    if (fatal && code === 'not_saved' && client.pending.updates > 0) cannotSave.value = true
  })
  client.on('revision', ({ id }) => (revision.value = { id, at: new Date() }))
  client.on('kept', (text) => (rescued.value = [...rescued.value.filter(({ id }) => id !== text.id), text]))

  const retry = (): void => client.retryNow()
  const seen = (): void => {
    if (document.visibilityState === 'visible') client.retryNow()
  }
  const going = (): void => void client.flush()
  const leaving = (event: BeforeUnloadEvent): void => {
    if (client.pending.updates > 0) event.preventDefault()
  }
  const lost = (): void => client.networkLost()
  window.addEventListener('online', retry)
  window.addEventListener('offline', lost)
  document.addEventListener('visibilitychange', seen)
  window.addEventListener('pagehide', going)
  window.addEventListener('beforeunload', leaving)
  onScopeDispose(() => {
    window.removeEventListener('online', retry)
    window.removeEventListener('offline', lost)
    document.removeEventListener('visibilitychange', seen)
    window.removeEventListener('pagehide', going)
    window.removeEventListener('beforeunload', leaving)
    void client.flush().finally(() => {
      client.stop()
      tab.close()
    })
  })

  return {
    client,
    status,
    closed,
    shut,
    welcomed,
    retryAt,
    awaySince,
    title,
    archived,
    cannotSave,
    role,
    people,
    files,
    pending,
    revision,
    rescued,
    dismiss(id) {
      client.dismiss(id)
      rescued.value = rescued.value.filter((text) => text.id !== id)
    },
  }
}

function storage(): Storage {
  try {
    if (typeof indexedDB !== 'undefined') return new IndexedStorage()
  } catch {
    // Forbidden here, as in some private windows.
  }
  return new MemoryStorage()
}

/** A browser does not say why a handshake was refused; the API does. */
async function whyRefused(session: string): Promise<{ reason: Reason; message: string } | null> {
  try {
    await getSession(session)
    return null
  } catch (error) {
    if (!(error instanceof ApiError)) return null
    if (error.status === 401) return { reason: 'logged_out', message: texts.connection.loggedOut }
    if (error.status === 403) return { reason: 'removed', message: error.message }
    if (error.status === 404) return { reason: 'not_found', message: error.message }
    return null
  }
}
