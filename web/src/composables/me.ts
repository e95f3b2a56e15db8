/** Who is logged in here. */
import { readonly, shallowRef, type ShallowRef } from 'vue'
import { whoAmI } from '@/api/accounts'
import { ApiError } from '@/api/request'
import type { Me } from '@/api/types'

const KEY = 'code_together.me'
const current = shallowRef<Me | null>(null)

export const me: Readonly<ShallowRef<Me | null>> = readonly(current)

export function setMe(account: Me): void {
  current.value = account
  try {
    sessionStorage.setItem(KEY, JSON.stringify(account))
  } catch {
    // No storage: the server is asked again after a reload.
  }
}

export function forgetMe(): void {
  current.value = null
  try {
    sessionStorage.removeItem(KEY)
  } catch {
    // Nothing was kept.
  }
}

/** Asks the server once. While it is away, this tab's last answer counts, so that kept edits can be opened. Raises `ApiError`. */
export async function loadMe(): Promise<Me> {
  if (current.value) return current.value
  try {
    setMe(await whoAmI())
  } catch (error) {
    const kept = error instanceof ApiError && error.status === 0 ? remembered() : null
    if (!kept) throw error
    current.value = kept
  }
  return current.value!
}

function remembered(): Me | null {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? 'null') as Me | null
  } catch {
    return null
  }
}
