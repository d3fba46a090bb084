import { TOPICS } from '@meterline/contract'
import type { Clickhouse } from '@meterline/clickhouse'

import { usageTable } from '../../../services/sink/src/tables/usage-table.ts'
import type { BenchStack } from '../stack/bench-stack.ts'

export const KAFKA_ENGINE = "ClickHouse's Kafka engine and a materialized view"

export interface EngineTables {
  /** A table like `usage`, with its projections and indexes. */
  readonly target: string
  readonly group: string
  /** Stops reading, and forgets all. */
  drop(): Promise<void>
}

/** As many as the sink works on at a time on two cores. */
const CONSUMERS = 2
/** As many rows as the sink flushes. */
const BLOCK_ROWS = 65_536
/** The engine's own default. The sink's 500 ms would make smaller parts and cost the engine more than it does the sink. */
const FLUSH_MS = 7_500

/**
 * ClickHouse reads usage.metered by itself, committed records only (its client's default), and a materialized view writes
 * them to a table like `usage`. Names are read as plain strings as the sink does: the fastest way there is.
 */
export async function startKafkaEngine(
  stack: BenchStack,
  name: string,
  blockRows = BLOCK_ROWS,
): Promise<EngineTables> {
  const { clickhouse } = stack
  const [queue, view, target, group] = [`${name}_queue`, `${name}_view`, `${name}_usage`, `bench-${name}`]
  const columns = usageTable.columns.filter(([column]) => !column.startsWith('_'))
  const names = columns.map(([column]) => column).join(', ')
  await clickhouse.command(`CREATE TABLE ${target} AS usage`)
  await clickhouse.command(
    `CREATE TABLE ${queue} (${columns.map(([column, type]) => `${column} ${type}`).join(', ')}) ENGINE = Kafka
     SETTINGS kafka_broker_list = '${stack.brokers}', kafka_topic_list = '${TOPICS.usageMetered.name}',
       kafka_group_name = '${group}', kafka_format = 'AvroConfluent', kafka_num_consumers = ${CONSUMERS},
       kafka_thread_per_consumer = 1, kafka_max_block_size = ${blockRows}, kafka_poll_max_batch_size = ${blockRows},
       kafka_flush_interval_ms = ${FLUSH_MS}, format_avro_schema_registry_url = '${stack.registry.url}'`,
  )
  // The group begins where the sink stands: its positions were written before the view makes the engine read.
  await clickhouse.command(
    `CREATE MATERIALIZED VIEW ${view} TO ${target} AS SELECT ${names}, toInt32(_partition) AS _partition, toInt64(_offset) AS _offset FROM ${queue}`,
  )
  return {
    target,
    group,
    drop: async () => {
      for (const table of [view, queue, target]) await dropTable(clickhouse, table)
    },
  }
}

export const dropTable = (clickhouse: Clickhouse, table: string): Promise<void> =>
  clickhouse.command(`DROP TABLE IF EXISTS ${table} SYNC`, { timeoutMs: 60_000 })
