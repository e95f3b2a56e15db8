/** One way to the server: JSON in and out, and every refusal as an `ApiError` with the contract's code and sentence. */
import { texts } from '@/texts'

export class ApiError extends Error {
  constructor(
    /** HTTP status; 0 when the server could not be reached. */
    readonly status: number,
    /** The contract's snake_case code. */
    readonly code: string,
    message: string,
    /** Seconds until it is worth another try, where the server said so. */
    readonly retryAfter: number | null = null,
    /** What else the server says of it. */
    readonly details: Details = {},
  ) {
    super(message)
    this.name = 'ApiError'
  }
}

export interface RequestOptions {
  /** A value to send as JSON. */
  json?: unknown
  /** Raw bytes to send. */
  body?: Blob | ArrayBuffer
  /** A list is a field that is given several times. */
  query?: Record<string, string | number | readonly string[] | null | undefined>
  signal?: AbortSignal | undefined
}

type Details = Readonly<Record<string, unknown>>
type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

let loggedOut: () => void = () => undefined

/** What to do when the server no longer knows this login. */
export function onLoggedOut(handler: () => void): void {
  loggedOut = handler
}

/** `path` below /api with its parts escaped: `address('sessions', id, 'files', 'src/a b.py')`; the last part may hold slashes. */
export function address(...parts: string[]): string {
  return '/api/' + parts.map((part) => part.split('/').map(encodeURIComponent).join('/')).join('/')
}

/** Asks and returns the answer's JSON (undefined for an empty one). Raises `ApiError`. */
export async function request<T>(method: Method, path: string, options: RequestOptions = {}): Promise<T> {
  const headers: Record<string, string> = { Accept: 'application/json' }
  let body: BodyInit | undefined = options.body
  if (options.json !== undefined) {
    headers['Content-Type'] = 'application/json'
    body = JSON.stringify(options.json)
  } else if (body !== undefined) {
    headers['Content-Type'] = 'application/octet-stream'
  }
  const response = await reached(
    path + queryString(options.query),
    { method, headers, body, signal: options.signal, credentials: 'same-origin' },
    options.signal,
  )
  if (response.ok) {
    const text = await response.text()
    return (text === '' ? undefined : JSON.parse(text)) as T
  }
  throw await refusal(response)
}

/** Posts, and also gives whether something was made by it: 201, and not 200. */
export async function requestMade<T>(path: string, json: unknown): Promise<T & { made: boolean }> {
  const headers = { Accept: 'application/json', 'Content-Type': 'application/json' }
  const response = await reached(path, {
    method: 'POST',
    headers,
    body: JSON.stringify(json),
    credentials: 'same-origin',
  })
  if (!response.ok) throw await refusal(response)
  return { ...((await response.json()) as T), made: response.status === 201 }
}

/** `fetch` that raises an `ApiError` when the server cannot be reached. */
export async function reached(path: string, init: RequestInit, signal?: AbortSignal): Promise<Response> {
  try {
    return await fetch(path, init)
  } catch (cause) {
    if (signal?.aborted) throw cause
    throw new ApiError(0, 'unreachable', texts.errors.unreachable)
  }
}

/** What an answer that is not ok says. */
export async function refusal(response: Response): Promise<ApiError> {
  const retryAfter = Number(response.headers.get('Retry-After')) || null
  try {
    const { error } = (await response.json()) as { error: { code: string; message: string } & Details }
    if (response.status === 401 && error.code !== 'bad_login') loggedOut()
    return new ApiError(response.status, error.code, error.message, retryAfter, error)
  } catch {
    return new ApiError(response.status, 'unexpected', texts.errors.unexpected(response.status), retryAfter)
  }
}

export function queryString(query: RequestOptions['query'] = {}): string {
  const pairs = Object.entries(query).flatMap(([key, value]) =>
    value === null || value === undefined ? [] : [value].flat().map((one) => [key, String(one)]),
  )
  return pairs.length ? '?' + new URLSearchParams(pairs).toString() : ''
}
