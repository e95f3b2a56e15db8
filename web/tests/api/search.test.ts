import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { ApiError } from '@/api/request'
import { searchFiles, type SearchFile } from '@/api/search'

const SUMMARY = { matches: 2, truncated: false, searched: 5, left_out: { binary: 0, large: 0 } }
const file = (path: string): SearchFile => ({
  path,
  matches: [{ line: 1, start_column: 1, end_column: 2, text: 'é', text_column: 1 }],
})
let server: Server
let asked: string
let respond: (answer: ServerResponse) => void

beforeAll(async () => {
  server = createServer((request, answer) => {
    asked = request.url!
    respond(answer)
  })
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const real = globalThis.fetch
  vi.stubGlobal('fetch', (path: string, init: RequestInit) => real(base + path, init))
})
afterAll(() => {
  vi.unstubAllGlobals()
  server.close()
})

const query = { text: 'a&b', regex: true, case: false, word: false, paths: ' *.py ' }
const run = (found: (files: SearchFile[]) => void = () => undefined) =>
  searchFiles('s', query, found, new AbortController().signal)

describe('searchFiles', () => {
  it('hands files on as they come, however the lines are cut', async () => {
    respond = (answer) => {
      const bytes = Buffer.from(
        [file('a'), file('b'), SUMMARY].map((one) => JSON.stringify(one) + '\n').join(''),
      )
      const middle = bytes.indexOf('é') + 1
      answer.write(bytes.subarray(0, middle))
      setTimeout(() => answer.end(bytes.subarray(middle)), 20)
    }
    const found: SearchFile[] = []
    expect(await run((files) => found.push(...files))).toEqual(SUMMARY)
    expect(found).toEqual([file('a'), file('b')])
    expect(asked).toBe('/api/sessions/s/search?q=a%26b&regex=1&path=*.py')
  })

  it('raises what ended a search on its way, and what refused it', async () => {
    respond = (answer) => answer.end('{"error": {"code": "took_too_long", "message": "Too long."}}\n')
    await expect(run()).rejects.toMatchObject({ code: 'took_too_long', message: 'Too long.' })
    respond = (answer) =>
      answer.writeHead(422).end('{"error": {"code": "bad_pattern", "message": "Wrong at 3."}}')
    await expect(run()).rejects.toMatchObject({ status: 422, code: 'bad_pattern' })
  })

  it('does not take half an answer for a whole one', async () => {
    respond = (answer) => answer.end(JSON.stringify(file('a')) + '\n')
    await expect(run()).rejects.toBeInstanceOf(ApiError)
  })
})
