import { createClickhouse, migrate } from '@meterline/clickhouse'
import type { Clickhouse } from '@meterline/clickhouse'
import { createKafkaClient, createLogWriter, ensureTopics } from '@meterline/kafka'
import type { KafkaClient, LogWriter } from '@meterline/kafka'
import type { OutputMessage } from '@meterline/topology'
import { setTimeout as sleep } from 'node:timers/promises'

export interface SinkAddresses {
  readonly kafkaBrokers: readonly string[]
  readonly clickhouse: {
    readonly url: string
    readonly database: string
    readonly user: string
    readonly password: string
  }
}

/** Topics and a database of one test. */
export interface SinkWorld {
  readonly name: string
  readonly addresses: SinkAddresses
  readonly topics: {
    readonly usage: string
    readonly rejected: string
    readonly alerts: string
    readonly control: string
  }
  readonly partitions: number
  readonly kafka: KafkaClient
  readonly clickhouse: Clickhouse
  readonly write: (topic: string, partition: number, messages: readonly OutputMessage[]) => Promise<void>
  /** Rows of the database, or of the server when it has been started again. */
  readonly count: (sql: string) => Promise<number>
  close(): Promise<void>
}

export async function createSinkWorld(servers: SinkAddresses, partitions = 2): Promise<SinkWorld> {
  const name = `meterline_sink_${process.pid}_${(worlds += 1)}`
  const { url, user: username, password } = servers.clickhouse
  const clickhouse = createClickhouse({ url, database: name, username, password })
  const founder = createClickhouse({ url, database: servers.clickhouse.database, username, password })
  await founder.command(`CREATE DATABASE ${name}`)
  await founder.close()
  await migrate(clickhouse)
  const kafka = createKafkaClient({ brokers: servers.kafkaBrokers, clientId: name })
  const topics = {
    usage: `${name}.usage.metered`,
    rejected: `${name}.usage.rejected`,
    alerts: `${name}.spend.alert`,
    control: `${name}.control.log`,
  }
  const wanted = Object.values(topics).map((topic) => ({
    name: topic,
    partitions,
    replicationFactor: 1,
    config: {},
  }))
  await ensureTopics(kafka, wanted)
  const writer: LogWriter = createLogWriter(kafka)
  return {
    name,
    addresses: { ...servers, clickhouse: { ...servers.clickhouse, database: name } },
    topics,
    partitions,
    kafka,
    clickhouse,
    write: (topic, partition, messages) =>
      writer.send([{ topic, partition, messages }], { timeoutMs: 30_000 }),
    count: async (sql) => {
      const [row] = await clickhouse.rows<Record<string, number | string>>(sql)
      return Number(Object.values(row ?? {})[0] ?? Number.NaN)
    },
    close: async () => {
      await writer.close()
      await clickhouse.command(`DROP DATABASE IF EXISTS ${name}`).catch(() => undefined)
      await clickhouse.close()
      await kafka.close()
    },
  }
}

let worlds = 0

/** Asks until the answer is the wanted one; the last answer when time is up. */
export async function eventually<T>(
  ask: () => Promise<T>,
  isIt: (answer: T) => boolean,
  withinMs = 60_000,
): Promise<T> {
  const endMs = performance.now() + withinMs
  for (;;) {
    const answer = await ask().catch((error: unknown) => {
      if (performance.now() > endMs) throw error
      return undefined
    })
    if (answer !== undefined && (isIt(answer) || performance.now() > endMs)) return answer
    await sleep(50)
  }
}
