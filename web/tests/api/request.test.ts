import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { address, ApiError, onLoggedOut, request } from '@/api/request'

let server: Server
let base: string

beforeAll(async () => {
  server = createServer((asked, answer) => {
    const path = new URL(asked.url!, 'http://x').pathname
    if (path === '/refused') {
      answer.writeHead(429, { 'Content-Type': 'application/json', 'Retry-After': '7' })
      answer.end('{"error": {"code": "too_fast", "message": "Wait a little."}}')
    } else if (path === '/out') {
      answer.writeHead(401).end('{"error": {"code": "not_logged_in", "message": "Log in."}}')
    } else if (path === '/odd') answer.writeHead(502).end('<html>')
    else if (path === '/empty') answer.writeHead(204).end()
    else answer.end(JSON.stringify({ url: asked.url, type: asked.headers['content-type'] ?? null }))
  })
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => server.close())

describe('address', () => {
  it('escapes its parts and keeps the slashes of a path', () => {
    expect(address('sessions', 'a', 'files', 'src/a b#?.py')).toBe('/api/sessions/a/files/src/a%20b%23%3F.py')
  })
})

describe('request', () => {
  it('gives JSON, leaves empty query fields out, and gives nothing for an empty answer', async () => {
    expect(await request('GET', `${base}/x`, { query: { before: null, limit: 5, path: undefined } })).toEqual(
      {
        url: '/x?limit=5',
        type: null,
      },
    )
    expect(await request('POST', `${base}/empty`, { json: {} })).toBeUndefined()
  })

  it('raises the code and sentence of a refusal', async () => {
    const error = await request('GET', `${base}/refused`).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(ApiError)
    expect(error).toMatchObject({ status: 429, code: 'too_fast', message: 'Wait a little.', retryAfter: 7 })
  })

  it('has a sentence for answers that are not of the contract, and for none', async () => {
    await expect(request('GET', `${base}/odd`)).rejects.toMatchObject({ status: 502, code: 'unexpected' })
    await expect(request('GET', 'http://127.0.0.1:9/')).rejects.toMatchObject({
      status: 0,
      code: 'unreachable',
    })
  })

  it('tells when the server no longer knows the login', async () => {
    let told = 0
    onLoggedOut(() => told++)
    await request('GET', `${base}/out`).catch(() => undefined)
    expect(told).toBe(1)
    onLoggedOut(() => undefined)
  })
})
