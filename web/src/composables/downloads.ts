/** A download that says how far it is, and why it failed: a link to a file that takes the server a while says neither. */
import { ref, type Ref } from 'vue'
import { ApiError, reached, refusal } from '@/api/request'
import { texts } from '@/texts'

export interface Download {
  /** How many bytes have come; null while nothing is on its way. */
  bytes: Readonly<Ref<number | null>>
  /** Gives how many bytes came, nothing if it is on its way already. Raises `ApiError`. */
  run(address: string, name: string): Promise<number | undefined>
}

export function useDownload(): Download {
  const bytes = ref<number | null>(null)

  async function fetched(address: string): Promise<Blob> {
    const response = await reached(address, { credentials: 'same-origin' })
    if (!response.ok || !response.body) throw await refusal(response)
    const parts: BlobPart[] = []
    const reader = response.body.getReader()
    try {
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        parts.push(part.value)
        bytes.value = (bytes.value ?? 0) + part.value.length
      }
    } catch {
      throw new ApiError(0, 'unreachable', texts.errors.unreachable)
    }
    return new Blob(parts)
  }

  async function run(address: string, name: string): Promise<number | undefined> {
    if (bytes.value !== null) return undefined
    bytes.value = 0
    try {
      const blob = await fetched(address)
      const url = URL.createObjectURL(blob)
      const link = document.createElement('a')
      link.href = url
      link.download = name
      link.click()
      setTimeout(() => URL.revokeObjectURL(url), 60_000)
      return blob.size
    } finally {
      bytes.value = null
    }
  }

  return { bytes, run }
}
