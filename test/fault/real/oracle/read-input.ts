import { TOPICS } from '@meterline/contract'
import type { UsageEvent } from '@meterline/domain'
import { readLog } from '@meterline/kafka'
import type { KafkaClient } from '@meterline/kafka'

import type { Ledger } from '../traffic/ledger.ts'

/** What must have become of one partition of `usage.events`, worked out from its records and the senders' account alone. */
export interface ExpectedPartition {
  readonly partition: number
  readonly accepted: number
  readonly metered: number
  readonly duplicates: number
  readonly rejected: number
}

export interface Input {
  readonly partitions: readonly ExpectedPartition[]
  /** Valid events that are in the log, once each. */
  readonly events: ReadonlyMap<string, UsageEvent>
  /** Offsets of what must be rejected, `partition/offset` to reason. */
  readonly rejected: ReadonlyMap<string, string>
  /** Requests of which copies stand in different partitions: a duplicate would not meet its twin. */
  readonly scattered: readonly string[]
}

/** Reads `usage.events` from beginning to end. A record counts by its key: who sent it knows whether it is valid. */
export async function readInput(kafka: KafkaClient, ledger: Ledger): Promise<Input> {
  const topic = TOPICS.usageEvents.name
  const events = new Map<string, UsageEvent>()
  const rejected = new Map<string, string>()
  const partitionOf = new Map<string, number>()
  const scattered: string[] = []
  const partitions: ExpectedPartition[] = []
  for (const partition of await kafka.reads.partitionsOf(topic)) {
    const counts = { partition, accepted: 0, metered: 0, duplicates: 0, rejected: 0 }
    for await (const records of readLog(kafka, { topic, partition, to: 'end' })) {
      for (const { key, offset } of records) {
        const id = key?.toString() ?? ''
        counts.accepted += 1
        const event = ledger.events.get(id)
        if (event === undefined) {
          counts.rejected += 1
          rejected.set(
            `${partition}/${offset}`,
            ledger.malformed.get(id) ?? `a record that nobody sent: ${id}`,
          )
        } else if (events.has(id)) {
          counts.duplicates += 1
          if (partitionOf.get(id) !== partition) scattered.push(id)
        } else {
          counts.metered += 1
          events.set(id, event)
          partitionOf.set(id, partition)
        }
      }
    }
    partitions.push(counts)
  }
  return { partitions, events, rejected, scattered }
}
