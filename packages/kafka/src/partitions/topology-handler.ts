import { MAX_NOTE_BYTES } from '@meterline/topology'
import type { LogRecord, PartitionTask, RestoreSource, TaskDefinition } from '@meterline/topology'
import type { KafkaClient } from '../connection/client.ts'
import { KafkaError } from '../errors.ts'
import type { PartitionHandler, PartitionLease } from '../partition.ts'
import { readLogBounds } from '../read/offsets.ts'
import { newestTimestamp } from '../read/newest-timestamp.ts'
import { readLog } from '../read/read-log.ts'
import { requirePartition } from './require-partition.ts'
import { createPositionStamps, readNote, readStamp, type PositionStamps } from './position-stamp.ts'

/** Runs a pure task: restores its state, then per batch `process` and one transaction of outputs and position. */
export function topologyHandler(
  client: KafkaClient,
  definition: TaskDefinition,
  partition: number,
): PartitionHandler {
  let running: { task: PartitionTask; lease: PartitionLease; stamps: PositionStamps } | undefined
  return {
    open: async (lease) => {
      const task = definition.create(partition)
      const restoreTopics = definition.restoreFrom.map((source) => source.topic)
      const stamps = createPositionStamps({ partition, restoreTopics }, lease.committed)
      try {
        for (const source of definition.restoreFrom) await restore(client, { source, lease, task, stamps })
      } catch (error) {
        if (error instanceof KafkaError && error.code === 'inconsistent') await proveOwnership(client, lease)
        throw error
      }
      task.restoreNote?.(readNote(lease.committed.metadata))
      running = { task, lease, stamps }
      return { offset: lease.committed.offset ?? (await readLogBounds(client.reads, lease)).low }
    },
    onBatch: async (records, nextOffset) => {
      if (running === undefined) throw new TypeError('onBatch before open')
      const { task, lease, stamps } = running
      await definition.prepare?.(records)
      await task.prepare?.(records)
      const { outputs, metadata } = stamps.stamp(task.process(records), nextOffset, noteOf(task))
      await lease.transact(outputs, { offset: nextOffset, metadata })
    },
    close: async () => {
      running = undefined
    },
  }
}

/**
 * Who was fenced in mid-restore sees what the rightful owner has written since, and must not take it for damage: the position
 * is written as it was read, which only an owner can. Rejects with `fenced` for anybody else, who then tries again.
 */
async function proveOwnership(client: KafkaClient, lease: PartitionLease): Promise<void> {
  const { offset = (await readLogBounds(client.reads, lease)).low, metadata } = lease.committed
  await lease.transact([], { offset, metadata })
}

function noteOf(task: PartitionTask): string | undefined {
  const note = task.note?.()
  if (note !== undefined && Buffer.byteLength(note) > MAX_NOTE_BYTES) {
    throw new KafkaError('inconsistent', `A task's note has ${note.length} bytes of ${MAX_NOTE_BYTES}`)
  }
  return note
}

async function restore(
  client: KafkaClient,
  into: { source: RestoreSource; lease: PartitionLease; task: PartitionTask; stamps: PositionStamps },
): Promise<void> {
  const { source, lease, task, stamps } = into
  const at = { topic: source.topic, partition: lease.partition }
  await requirePartition(client, { ...at, input: lease.topic })
  const { stable, high } = await readLogBounds(client.reads, at)
  // We are fenced in and this task alone writes here: an open transaction must be somebody else's.
  if (stable !== high) {
    throw new KafkaError(
      'inconsistent',
      `${at.topic}/${at.partition} has an open transaction of another writer (${stable} of ${high})`,
    )
  }
  let stampFound: number | undefined
  const feed = (records: readonly LogRecord[]): void => {
    for (const record of records) {
      task.restore(source.topic, record)
      stampFound = readStamp(record) ?? stampFound
    }
  }
  const newestMs = source.retentionMs === undefined ? undefined : await newestTimestamp(client, at)
  const from =
    newestMs === undefined || source.retentionMs === undefined
      ? {}
      : { fromTimestampMs: newestMs - source.retentionMs }
  for await (const records of readLog(client, { ...at, ...from, to: 'end', signal: lease.signal }))
    feed(records)
  stamps.check(source.topic, stampFound)
}
