import { defineConfig } from 'vitest/config'

// unit: no I/O. integration: one adapter against the real server. e2e and fault: the whole pipeline.
const real = { pool: 'forks', testTimeout: 120_000, hookTimeout: 180_000 } as const

export default defineConfig({
  test: {
    reporters: ['default', './test/support/counts-reporter.ts'],
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            '{packages,services}/*/src/**/*.test.ts',
            'cli/src/**/*.test.ts',
            'schemas/*.test.ts',
            'test/bench/detection/**/*.test.ts',
          ],
          exclude: ['**/*.integration.test.ts', '**/node_modules/**'],
        },
      },
      { test: { name: 'architecture', include: ['test/architecture/**/*.test.ts'] } },
      // FUZZ_SECONDS in all, 18 unless told.
      { test: { name: 'fuzz', include: ['test/fuzz/**/*.test.ts'], fileParallelism: false } },
      {
        test: {
          ...real,
          name: 'integration',
          globalSetup: ['test/support/global-stack.ts'],
          include: ['{packages,services}/*/src/**/*.integration.test.ts', 'cli/src/**/*.integration.test.ts'],
          fileParallelism: false,
        },
      },
      {
        test: {
          ...real,
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 600_000,
        },
      },
      {
        test: {
          ...real,
          name: 'fault',
          include: ['test/fault/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 900_000,
        },
      },
    ],
  },
})
