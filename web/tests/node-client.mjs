// Runs tests/node-client.ts in Node; see there for what it reads and answers.
import { fileURLToPath } from 'node:url'
import { runnerImport } from 'vite'

const { module } = await runnerImport(fileURLToPath(new URL('node-client.ts', import.meta.url)), {
  configFile: false,
  logLevel: 'error',
})
await module.serve(process.stdin, process.stdout)
process.exit(0)
