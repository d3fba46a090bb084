import { TOPICS } from '@meterline/contract'
import { type KafkaClient, type PartitionEvent, readLogBounds, runPartitions } from '@meterline/kafka'

import { ByteBudget } from '../../../../services/sink/src/exactly-once/byte-budget.ts'
import type { LoadEvents } from '../../../../services/sink/src/exactly-once/load-events.ts'
import type { SinkHalt } from '../../../../services/sink/src/exactly-once/sink-halt.ts'
import type { Source } from '../../../../services/sink/src/exactly-once/source.ts'
import type { Store } from '../../../../services/sink/src/exactly-once/store.ts'
import { TableLoader } from '../../../../services/sink/src/exactly-once/table-loader.ts'
import type { Breakage } from './breakage.ts'
import { GROUP_TIMES, SINK_GROUP, USAGE_PARTITIONS } from './settings.ts'

export interface SinkOptions {
  readonly client: KafkaClient
  readonly source: Source
  readonly store: Store
  readonly breakage: Breakage
  readonly onEvent: (event: PartitionEvent) => void
  readonly onHalt: (halt: SinkHalt) => void
  readonly onStep: (what: () => string) => void
  readonly onFatal: (error: Error) => void
}

const LEASE_MS = 1_500
const MAX_BACKOFF_MS = 500
/** Small, so that a run has many ranges, ranges of many months, and months that make a range of their own. */
const BOUNDS = { maxRows: 6, maxBytes: 64 * 1024, maxMonths: 3, maxAgeMs: 200 }
const MAX_BUFFERED_BYTES = 48 * 1024

/** What a sink process runs: usage.metered into the table. */
export async function runSink(options: SinkOptions): Promise<void> {
  const { client, source, breakage } = options
  const store = breakage.store?.(options.store) ?? options.store
  const budget = new ByteBudget(MAX_BUFFERED_BYTES)
  await runPartitions({
    client,
    groupId: SINK_GROUP,
    topic: source.topic,
    transactionalIdPrefix: `sink-${source.topic}`,
    writesTo: [TOPICS.usageRejected.name],
    createHandler: () => {
      const loader = new TableLoader({
        source,
        store,
        budget,
        bounds: BOUNDS,
        leaseMs: LEASE_MS,
        maxBackoffMs: MAX_BACKOFF_MS,
        rejectedTopic: { name: TOPICS.usageRejected.name, partitions: USAGE_PARTITIONS },
        events: loadEvents(options),
        lowOffset: async (topic, of) => (await readLogBounds(client.reads, { topic, partition: of })).low,
      })
      return breakage.handler?.(loader) ?? loader
    },
    onEvent: options.onEvent,
    onFatal: options.onFatal,
    ...GROUP_TIMES,
  })
}

function loadEvents({ onHalt, onStep }: SinkOptions): LoadEvents {
  return {
    inserted: ({ rows, partition }) => onStep(() => `inserted ${rows} rows of partition ${partition}`),
    committed: ({ partition, nextOffset }) => onStep(() => `partition ${partition} stands at ${nextOffset}`),
    attemptFailed: ({ attempt, error }) => onStep(() => `attempt ${attempt} failed: ${error.message}`),
    settled: ({ arrivedMonths, missingMonths }) =>
      onStep(() => `looked: ${arrivedMonths} months there, ${missingMonths} missing`),
    rangeSplit: ({ from, to }) => onStep(() => `splits ${from} to ${to}`),
    rejected: ({ records }) => onStep(() => `rejected ${records.length}`),
    halted: ({ error }) => onHalt(error),
  }
}
