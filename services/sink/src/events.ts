import type { PartitionEvent } from '@meterline/kafka'
import { defineEvents, event } from '@meterline/runtime'
import type { ServiceShell } from '@meterline/runtime'

import type { LoadEvents } from './exactly-once/load-events.ts'
import { SinkHalt } from './exactly-once/sink-halt.ts'

type Fields<K extends keyof LoadEvents> = Parameters<LoadEvents[K]>[0]

const byTable = {
  labelNames: ['step'],
  labels: ({ table }: { readonly table: string }) => ({ step: table }),
} as const

const DURATION_BUCKETS_MS = [5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000]

/** Every log line and metric of the sink. The step is the table that is loaded. */
export function sinkEvents(shell: Pick<ServiceShell, 'logger' | 'metrics'>) {
  return defineEvents(shell, {
    inserted: event<Fields<'inserted'>>({
      level: 'debug',
      says: 'a block was stored',
      metrics: [
        {
          ...byTable,
          kind: 'counter',
          name: 'meterline_sink_inserted_rows',
          help: 'Rows that ClickHouse has acknowledged',
          value: ({ rows }) => rows,
        },
        {
          ...byTable,
          kind: 'counter',
          name: 'meterline_sink_inserted_bytes',
          help: 'Bytes sent to ClickHouse in inserts',
          value: ({ bytes }) => bytes,
        },
        {
          ...byTable,
          kind: 'histogram',
          name: 'meterline_sink_insert_duration_ms',
          help: 'Encoding a range and storing it',
          buckets: DURATION_BUCKETS_MS,
          value: ({ durationMs }) => durationMs,
        },
      ],
    }),
    committed: event<Fields<'committed'>>({
      level: 'trace',
      says: 'the position moved',
      metrics: [
        {
          ...byTable,
          kind: 'counter',
          name: 'meterline_sink_committed_rows',
          help: 'Rows stored and behind the committed position',
          value: ({ rows }) => rows,
        },
      ],
    }),
    attemptFailed: event<Fields<'attemptFailed'>>({
      level: 'warn',
      says: 'ClickHouse did not take or answer a statement; it is tried again',
      metrics: [
        {
          ...byTable,
          kind: 'counter',
          name: 'meterline_sink_failed_attempts',
          help: 'Statements that ClickHouse refused or did not answer',
        },
      ],
    }),
    settled: event<Fields<'settled'>>({
      level: 'info',
      says: 'the table was asked what had arrived of a range',
      metrics: [
        {
          ...byTable,
          kind: 'counter',
          name: 'meterline_sink_settled_ranges',
          help: 'Ranges whose insert was in doubt',
        },
      ],
    }),
    rangeSplit: event<Fields<'rangeSplit'>>({
      level: 'warn',
      says: 'ClickHouse refuses a range for its content; it is split until the record is alone',
    }),
    rejected: event<{ table: string; partition: number; records: number; reasons: readonly string[] }>({
      level: 'warn',
      says: 'records that cannot be stored went to usage.rejected',
      metrics: [
        {
          ...byTable,
          kind: 'counter',
          name: 'meterline_sink_rejected_records',
          help: 'Records sent to usage.rejected',
          value: ({ records }) => records,
        },
      ],
    }),
    reconciliationFailed: event<{ err: unknown }>({
      level: 'warn',
      says: 'counts could not be held against the tables; it is tried again',
    }),
    unreconciled: event<{ difference: number; sinceMs: number; waitingRecords: number }>({
      level: 'error',
      says: 'accepted is not metered, duplicate and rejected, or metered is not what the tables hold: see meterline reconcile',
    }),
    reconciledAgain: event<{ afterMs: number }>({
      level: 'info',
      says: 'the counts hold again',
    }),
    halted: event<{ table: string; partition: number; err: unknown }>({
      level: 'error',
      says: 'a partition stands still until a person has looked',
      metrics: [
        {
          ...byTable,
          kind: 'counter',
          name: 'meterline_sink_halted_partitions',
          help: 'Partitions that were halted since the start',
        },
      ],
    }),
    partitionOpened: event<{ topic: string; partition: number; offset: number }>({
      level: 'info',
      says: 'a partition was taken over',
    }),
    leaseDropped: event<{ topic: string; partition: number; err: unknown; pauseMs: number }>({
      level: 'warn',
      says: 'a partition is opened anew',
      metrics: [
        {
          kind: 'counter',
          name: 'meterline_sink_dropped_leases',
          help: 'Leases that ended by an error',
        },
      ],
    }),
    kafkaTrouble: event<{ component: string; message: string }>({
      level: 'debug',
      says: 'the Kafka client reports trouble',
    }),
  })
}

export type SinkEvents = ReturnType<typeof sinkEvents>

/** What the loader reports, as log lines that carry neither values nor keys of records. */
export function loadEvents(events: SinkEvents): LoadEvents {
  return {
    ...events,
    rejected: ({ records, ...at }) => {
      const reasons = [...new Set(records.map(({ rejection }) => rejection.reason))]
      events.rejected({ ...at, records: records.length, reasons })
    },
    halted: ({ error, ...at }) => events.halted({ ...at, err: error }),
  }
}

export function reportPartition(events: SinkEvents, topic: string, event: PartitionEvent): void {
  switch (event.kind) {
    case 'opened':
      events.partitionOpened({ topic, partition: event.partition, offset: event.offset })
      return
    case 'dropped': {
      const { partition, error, pauseMs } = event
      events.leaseDropped({ topic, partition, err: error, pauseMs })
      return
    }
    case 'trouble':
      events.kafkaTrouble({ component: topic, message: event.error.message })
      return
    // A halt of ours was reported by the loader; one of Kafka's own is told here.
    case 'halted':
      if (!(event.error instanceof SinkHalt)) {
        events.halted({ table: topic, partition: event.partition, err: event.error })
      }
      return
    case 'assigned':
    case 'batch':
    case 'committed':
    case 'released':
  }
}
