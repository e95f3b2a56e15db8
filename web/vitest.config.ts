import { defineConfig, mergeConfig } from 'vitest/config'
import build from './vite.config.ts'

// Node by default: the collaboration code knows no DOM. A test of a component asks for one with `// @vitest-environment happy-dom`.
export default mergeConfig(
  build,
  defineConfig({
    test: {
      environment: 'node',
      include: ['tests/**/*.test.ts', 'src/**/*.test.ts'],
    },
  }),
)
