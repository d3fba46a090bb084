import type { PartitionEvent } from '@meterline/kafka'
import { defineEvents, event, type ServiceShell } from '@meterline/runtime'

import type { LateSpend, SkippedSpend } from './burn/burn-reports.ts'

export type ProcessorEvents = ReturnType<typeof processorEvents>

interface OfPartition {
  topology: string
  partition: number
}

const byTopology = {
  labelNames: ['topology'],
  labels: ({ topology }: { readonly topology: string }) => ({ topology }),
}

export function processorEvents(shell: Pick<ServiceShell, 'logger' | 'metrics'>) {
  return defineEvents(shell, {
    assigned: event<{ topology: string; partitions: readonly number[] }>({
      level: 'info',
      says: 'the group gave this process its partitions',
    }),
    partitionOpened: event<OfPartition & { offset: number; fenceMs: number; restoreMs: number }>({
      level: 'info',
      says: 'a partition was taken over and its state restored',
      metrics: [
        {
          ...byTopology,
          kind: 'histogram',
          name: 'meterline_processor_restore_ms',
          help: 'Restoring the state of a partition',
          value: ({ restoreMs }) => restoreMs,
          buckets: [50, 200, 1_000, 5_000, 20_000, 60_000],
        },
      ],
    }),
    batchCommitted: event<OfPartition & { records: number; durationMs: number }>({
      level: 'trace',
      says: 'a batch was processed and committed',
      metrics: [
        {
          ...byTopology,
          kind: 'counter',
          name: 'meterline_processor_processed_records',
          help: 'Records processed and committed',
          value: ({ records }) => records,
        },
        {
          ...byTopology,
          kind: 'histogram',
          name: 'meterline_processor_batch_ms',
          help: 'Processing a batch and committing it',
          value: ({ durationMs }) => durationMs,
          buckets: [5, 10, 25, 50, 100, 250, 500, 1_000, 5_000],
        },
      ],
    }),
    leaseDropped: event<OfPartition & { err: unknown; pauseMs: number }>({
      level: 'warn',
      says: 'a partition is opened anew from its committed position',
      metrics: [
        {
          ...byTopology,
          kind: 'counter',
          name: 'meterline_processor_dropped_leases',
          help: 'Partitions opened anew after an error',
        },
      ],
    }),
    partitionReleased: event<OfPartition>({ level: 'info', says: 'a partition was handed over' }),
    partitionHalted: event<OfPartition & { err: unknown }>({
      level: 'error',
      says: 'a partition stands still until a person has looked',
      metrics: [
        {
          ...byTopology,
          kind: 'counter',
          name: 'meterline_processor_halted_partitions',
          help: 'Partitions that were halted since the start',
        },
      ],
    }),
    spendSkipped: event<SkippedSpend>({
      level: 'error',
      says: 'records of spend.delta that nobody can read or count were passed over; what they spent is in no budget',
      metrics: [
        {
          kind: 'counter',
          name: 'meterline_processor_skipped_spend_records',
          help: 'Records of spend.delta that could not be read, or were beyond what a budget can count, and were passed over',
          value: ({ records }) => records,
        },
      ],
    }),
    spendTooLate: event<LateSpend>({
      level: 'warn',
      says: 'spend of days that are no longer kept came in; it is in usage, and in no budget',
      metrics: [
        {
          kind: 'counter',
          name: 'meterline_processor_late_spend_records',
          help: 'Records of spend.delta of more than 62 days before, which count towards no budget',
          value: ({ records }) => records,
        },
      ],
    }),
    controlRecordUnreadable: event<{ key: string; offset: number; reason: string }>({
      level: 'error',
      says: 'a record of control.log cannot be read; what it is about stays as it was before',
    }),
    kafkaTrouble: event<{ err: unknown }>({ level: 'debug', says: 'Kafka is away or moving; going on' }),
    tickFailed: event<{ err: unknown }>({
      level: 'warn',
      says: 'burn was not told the time; it is told again a second later',
    }),
  })
}

/** Tells what happens to the partitions of a topology. */
export function reportPartition(events: ProcessorEvents, topology: string, happened: PartitionEvent): void {
  switch (happened.kind) {
    case 'assigned':
      return events.assigned({ topology, partitions: happened.partitions })
    case 'opened': {
      const { partition, offset, fenceMs, restoreMs } = happened
      return events.partitionOpened({ topology, partition, offset, fenceMs, restoreMs })
    }
    case 'batch': {
      const { partition, records, durationMs } = happened
      return events.batchCommitted({ topology, partition, records, durationMs })
    }
    case 'dropped': {
      const { partition, error, pauseMs } = happened
      return events.leaseDropped({ topology, partition, err: error, pauseMs })
    }
    case 'released':
      return events.partitionReleased({ topology, partition: happened.partition })
    case 'halted':
      return events.partitionHalted({ topology, partition: happened.partition, err: happened.error })
    case 'trouble':
      return events.kafkaTrouble({ err: happened.error })
    case 'committed':
      return
  }
}

export const UNREADABLE_CONTROL_RECORDS = {
  name: 'meterline_processor_unreadable_control_records',
  help: 'Records of control.log that cannot be read here, by key and offset; their entities stay as they were before',
  labelNames: ['key', 'offset'],
}
