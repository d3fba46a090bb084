import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startStack } from '@meterline/local-stack'
import type { ClickhouseAccess, Clickhouse, Kafka, StackPorts } from '@meterline/local-stack'
import { findServerPorts } from './server-ports.ts'
import { composeWithTestcontainers } from './testcontainers.ts'

const repositoryRoot = join(import.meta.dirname, '../..')
/** Downloads are made once for all runs, and for `npm start` too. */
const cacheDir = process.env['METERLINE_CACHE_DIR'] ?? join(repositoryRoot, '.meterline/cache')

export interface TestStack {
  readonly description: string
  readonly kafkaBrokers: readonly string[]
  readonly clickhouse: ClickhouseAccess
  /** To kill and to watch; undefined when the server is not a child of the test. */
  readonly kafkaProcess: Kafka | undefined
  readonly clickhouseProcess: Clickhouse | undefined
  stop(): Promise<void>
}

/**
 * A real Kafka and a real ClickHouse with empty folders and ports of their own: given by the environment, else
 * testcontainers where Docker works, else embedded. The decision is the product's own.
 */
export async function startTestStack(): Promise<TestStack> {
  const stateDir = await mkdtemp(join(tmpdir(), 'meterline-stack-'))
  const stack = await startStack({
    env: process.env,
    stateDir,
    cacheDir,
    ports: await freeStackPorts(),
    composeUp: composeWithTestcontainers,
  })
  return {
    ...stack,
    stop: async () => {
      await stack.stop()
      await rm(stateDir, { recursive: true, force: true })
    },
  }
}

async function freeStackPorts(): Promise<StackPorts> {
  const [kafka = 0, kafkaController = 0, clickhouseHttp = 0, clickhouseTcp = 0] = await findServerPorts(4)
  return { kafka, kafkaController, clickhouseHttp, clickhouseTcp }
}
