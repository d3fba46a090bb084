import { WriteWitness } from '@meterline/clickhouse'
import type { Clickhouse } from '@meterline/clickhouse'
import { readLogBounds, runPartitions } from '@meterline/kafka'
import type { KafkaClient, KafkaError, PartitionEvent, PartitionRun, PartitionState } from '@meterline/kafka'

import { clickhouseStore } from './clickhouse-store.ts'
import { ByteBudget } from './exactly-once/byte-budget.ts'
import { OBJECTS_BYTES } from './exactly-once/held-bytes.ts'
import type { LoadEvents } from './exactly-once/load-events.ts'
import type { RejectedTopic } from './exactly-once/rejected-output.ts'
import type { RangeBounds } from './exactly-once/row-queue.ts'
import type { SinkHalt } from './exactly-once/sink-halt.ts'
import type { Source } from './exactly-once/source.ts'
import { TableLoader } from './exactly-once/table-loader.ts'
import type { TableLoaderOptions } from './exactly-once/table-loader.ts'

export interface SinkSettings extends Pick<TableLoaderOptions, 'leaseMs' | 'maxBackoffMs' | 'onStep'> {
  readonly bounds: RangeBounds
  readonly maxBufferedBytes: number
  readonly rejectedTopic: RejectedTopic
  /** Consumer groups and transactional ids begin with it. */
  readonly groupPrefix: string
  readonly memberDirectory?: string
  readonly sessionTimeoutMs?: number
}

export interface SinkPipelineOptions {
  readonly kafka: KafkaClient
  readonly clickhouse: Clickhouse
  readonly sources: readonly Source[]
  readonly settings: SinkSettings
  readonly events: LoadEvents
  readonly onPartitionEvent: (topic: string, event: PartitionEvent) => void
  readonly onFatal: (error: KafkaError) => void
}

export interface SinkPipeline {
  progress(): SinkProgress
  /** Finishes what is being stored, hands the partitions over and leaves the groups. */
  stop(): Promise<void>
}

interface SinkProgress {
  /** Rows stored and behind the committed position, since the start. */
  readonly storedRows: number
  /** Records in the log, gathered or being stored, and not yet behind the committed position. */
  readonly waitingRecords: number
  readonly halted: readonly SinkHalt[]
  /** Of each partition that is being worked on: `position` only moves when rows are stored, `lag` is what is not. */
  readonly partitions: readonly { readonly name: string; readonly position: number; readonly lag: number }[]
  /** Held, and not being worked on: for how long already. */
  readonly standing: readonly StandingPartition[]
}

export interface StandingPartition {
  readonly name: string
  readonly state: Exclude<PartitionState, 'running'>
  readonly forMs: number
}

/** Loads each source's topic into its table: one consumer group per topic, one loader per partition held. */
export async function runSinkPipeline(options: SinkPipelineOptions): Promise<SinkPipeline> {
  const { kafka, clickhouse, sources, settings, events } = options
  const budget = new ByteBudget(settings.maxBufferedBytes)
  // One for all tables: what is asked after several inserts is asked once.
  const witness = new WriteWitness(clickhouse, { timeoutMs: COMMIT_TIMEOUT_MS })
  const loaders = new Map<string, TableLoader>()
  const runs = new Map<string, PartitionRun>()
  let storedRows = 0
  const counted: LoadEvents = {
    ...events,
    committed: (event) => {
      storedRows += event.rows
      events.committed(event)
    },
  }

  async function run(source: Source): Promise<PartitionRun> {
    const { topic } = source
    const store = clickhouseStore(clickhouse, source.table, {
      commitTimeoutMs: COMMIT_TIMEOUT_MS,
      witness,
    })
    return runPartitions({
      client: kafka,
      topic,
      groupId: `${settings.groupPrefix}.${topic}`,
      transactionalIdPrefix: `${settings.groupPrefix}-${topic}`,
      writesTo: [settings.rejectedTopic.name],
      onBuffered: (partition, { bytes, records }) =>
        budget.set('ahead', `${topic}/${partition}`, bytes + records * OBJECTS_BYTES),
      createHandler: (partition) => {
        const loader = new TableLoader({
          ...settings,
          source,
          store,
          budget,
          events: counted,
          lowOffset: async () => (await readLogBounds(kafka.reads, { topic, partition })).low,
        })
        loaders.set(`${topic}/${partition}`, loader)
        return loader
      },
      onEvent: (event) => {
        if (event.kind === 'released') loaders.delete(`${topic}/${event.partition}`)
        options.onPartitionEvent(topic, event)
      },
      onFatal: options.onFatal,
      ...FETCH,
      ...(settings.memberDirectory === undefined ? {} : { memberDirectory: settings.memberDirectory }),
      ...(settings.sessionTimeoutMs === undefined ? {} : { sessionTimeoutMs: settings.sessionTimeoutMs }),
    })
  }

  function advancing(topic: string, of: PartitionRun): SinkProgress['partitions'] {
    return [...of.progress()].flatMap(([partition, { state, position = 0, lagRecords }]) => {
      const name = `${topic}/${partition}`
      const loader = loaders.get(name)
      if (state !== 'running' || loader === undefined || loader.halt !== undefined) return []
      const waiting = loader.waitingRecords
      // What is gathered moves the reader's position, and is not stored yet.
      return [{ name, position: position - waiting, lag: lagRecords + waiting }]
    })
  }

  function standing(topic: string, of: PartitionRun): StandingPartition[] {
    const nowMs = Date.now()
    return [...of.progress()].flatMap(([partition, { state, lastAdvanceMs }]) =>
      state === 'running' ? [] : [{ name: `${topic}/${partition}`, state, forMs: nowMs - lastAdvanceMs }],
    )
  }

  const stop = async (): Promise<void> => {
    await Promise.race([
      Promise.all([...loaders.values()].map((loader) => loader.drain())),
      new Promise((resolve) => setTimeout(resolve, DRAIN_TIMEOUT_MS).unref()),
    ])
    await Promise.all([...runs.values()].map((each) => each.stop()))
  }

  try {
    for (const source of sources) runs.set(source.topic, await run(source))
  } catch (error) {
    await stop()
    throw error
  }
  return {
    stop,
    progress: () => {
      const unread = [...runs.values()]
        .flatMap((each) => [...each.progress().values()])
        .reduce((sum, p) => sum + p.lagRecords, 0)
      const held = [...loaders.values()]
      return {
        storedRows,
        waitingRecords: unread + held.reduce((sum, loader) => sum + loader.waitingRecords, 0),
        halted: held.flatMap((loader) => loader.halt ?? []),
        partitions: [...runs].flatMap(([topic, each]) => advancing(topic, each)),
        standing: [...runs].flatMap(([topic, each]) => standing(topic, each)),
      }
    },
  }
}

/** Beyond the deadline, a block that is complete is still being written, month by month. */
const COMMIT_TIMEOUT_MS = 15_000
const DRAIN_TIMEOUT_MS = 3_000

/** One fetch ahead and no more, however little came with it: what is gathered waits in the queue, and is the flush age's affair. */
const FETCH = {
  keepsRecords: true,
  maxRecordsPerBatch: 4_000,
  maxBufferedBytes: 1,
  maxBytesPerPartition: 1024 * 1024,
  maxBytesPerFetch: 4 * 1024 * 1024,
  fetchLingerMs: 20,
}
