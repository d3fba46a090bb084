import { defineConfig } from 'vitest/config'

import LongestFirst from './test/support/longest-first.ts'

// unit: no I/O. integration: one adapter against the real server. e2e and fault: the whole pipeline.
const real = { pool: 'forks', testTimeout: 120_000, hookTimeout: 180_000 } as const

const after = (groupOrder: number) => ({ sequence: { groupOrder } })

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    reporters: ['default', './test/support/counts-reporter.ts'],
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            '{packages,services}/*/src/**/*.test.ts',
            'cli/src/**/*.test.ts',
            'schemas/*.test.ts',
            'test/bench/**/*.test.ts',
            'test/load/**/*.test.ts',
          ],
          exclude: ['**/*.integration.test.ts', '**/node_modules/**'],
        },
      },
      { test: { name: 'architecture', include: ['test/architecture/**/*.test.ts'] } },
      // FUZZ_SECONDS in all, 18 unless told.
      { test: { ...after(1), name: 'fuzz', include: ['test/fuzz/**/*.test.ts'], fileParallelism: false } },
      {
        test: {
          ...real,
          ...after(2),
          name: 'integration',
          globalSetup: ['test/support/global-stack.ts'],
          include: ['{packages,services}/*/src/**/*.integration.test.ts', 'cli/src/**/*.integration.test.ts'],
          fileParallelism: false,
        },
      },
      {
        test: {
          ...real,
          ...after(3),
          // Servers of their own each: two at a time on two cores end hardly sooner, and their deadlines come nearer.
          fileParallelism: false,
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 600_000,
          // Longer than the deadlines inside, which say what did not come.
          hookTimeout: 900_000,
        },
      },
      {
        test: {
          ...real,
          ...after(4),
          fileParallelism: false,
          name: 'fault',
          include: ['test/fault/**/*.test.ts'],
          testTimeout: 900_000,
          hookTimeout: 900_000,
        },
      },
    ],
  },
})
