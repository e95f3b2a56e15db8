import { defineConfig, mergeConfig } from 'vitest/config'
import build from './vite.config.ts'

/** Their pages and servers are kept in modules: each file has its own. */
const apart = ['tests/collab/**/*.test.ts', 'tests/editor/**/*.test.ts']

// Node by default: the collaboration code knows no DOM. A test of a component asks for one with `// @vitest-environment happy-dom`.
export default mergeConfig(
  build,
  defineConfig({
    test: {
      environment: 'node',
      projects: [
        { extends: true, test: { name: 'collab', include: apart } },
        {
          extends: true,
          // To load what a file needs takes several times as long as its tests do: it is loaded once.
          test: {
            name: 'pages',
            include: ['tests/**/*.test.ts', 'src/**/*.test.ts'],
            exclude: apart,
            isolate: false,
          },
        },
      ],
    },
  }),
)
