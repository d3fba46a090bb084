import type { ClickhouseAccess } from '@meterline/local-stack'
import type { TestProject } from 'vitest/node'
import { startTestStack } from './stack.ts'

/** What `inject('stack')` gives to a test. */
export interface SharedStack {
  readonly kafkaBrokers: string[]
  readonly clickhouse: ClickhouseAccess
}

declare module 'vitest' {
  export interface ProvidedContext {
    stack: SharedStack
  }
}

/**
 * One Kafka and one ClickHouse for all integration tests of a run. They share it: each takes topic names of its own and
 * a database of its own (`meterline_…`), and leaves the servers running. A test that kills a server starts its own.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const stack = await startTestStack()
  process.stdout.write(`${stack.description}\n`)
  project.provide('stack', { kafkaBrokers: [...stack.kafkaBrokers], clickhouse: stack.clickhouse })
  return () => stack.stop()
}
