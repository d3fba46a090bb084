import type { KafkaClient } from '../connection/client.ts'
import { KafkaError } from '../errors.ts'
import type { PartitionLease } from '../partition.ts'
import { readCommittedPosition, readLogBounds, type LogBounds } from '../read/offsets.ts'
import { readLog } from '../read/read-log.ts'
import {
  createTransactionWriter,
  POSITIONS_TOPIC,
  type TransactionWriter,
} from '../write/transaction-writer.ts'

export interface TakeOverOptions {
  readonly client: KafkaClient
  readonly groupId: string
  readonly topic: string
  readonly partition: number
  readonly transactionalId: string
  readonly transactionTimeoutMs: number
  /** Topics that its transactions write, besides its positions. */
  readonly writesTo: readonly string[]
  /** Ends the lease from outside: the partition was given away, or the process stops. */
  readonly signal: AbortSignal
  onTransaction(durationMs: number): void
}

export interface HeldLease {
  readonly lease: PartitionLease
  /** Ends the lease and closes its connections. */
  drop(reason: Error): Promise<void>
}

/** Takes a partition over from whoever worked on it before. */
export async function takeOver(options: TakeOverOptions): Promise<HeldLease> {
  const { client, groupId, topic, partition, transactionalId } = options
  const ended = new AbortController()
  const endFromOutside = (): void => ended.abort(options.signal.reason)
  options.signal.addEventListener('abort', endFromOutside, { once: true })
  if (options.signal.aborted) endFromOutside()
  const writer: TransactionWriter = createTransactionWriter(client.openLink(), {
    transactionalId,
    topics: [...options.writesTo, POSITIONS_TOPIC],
    transactionTimeoutMs: options.transactionTimeoutMs,
  })
  const drop = async (reason: Error): Promise<void> => {
    options.signal.removeEventListener('abort', endFromOutside)
    ended.abort(reason)
    await writer.close()
  }
  try {
    // Fence first, then read the position: a zombie may still commit in between.
    await writer.fence()
    const committed = await readCommittedPosition(client.reads, { groupId, topic, partition })
    const lease: PartitionLease = {
      topic,
      partition,
      committed,
      signal: ended.signal,
      isHeld: () => !ended.signal.aborted,
      transact: async (outputs, next) => {
        if (ended.signal.aborted)
          throw new KafkaError('closed', `The lease on ${topic}/${partition} has ended`)
        const startedMs = performance.now()
        try {
          await writer.commit(outputs, {
            groupId,
            topic,
            partition,
            offset: next.offset,
            metadata: next.metadata ?? '',
          })
        } catch (error) {
          ended.abort(error)
          throw error
        }
        options.onTransaction(performance.now() - startedMs)
      },
      readRange: (range) =>
        readLog(client, {
          topic: range.topic ?? topic,
          partition,
          fromOffset: range.from,
          to: range.to,
          signal: ended.signal,
        }),
    }
    return { lease, drop }
  } catch (error) {
    await drop(
      error instanceof Error ? error : new KafkaError('unavailable', 'Take-over failed', { cause: error }),
    )
    throw error
  }
}

/**
 * Where reading starts, checked against the log: an offset outside of it is a hard error, never a reset, since whatever was
 * between is lost or a position belongs to another log.
 */
export async function checkStart(
  client: KafkaClient,
  at: { readonly topic: string; readonly partition: number; readonly offset: number },
): Promise<LogBounds> {
  const bounds = await readLogBounds(client.reads, at)
  const { low, high } = bounds
  if (at.offset >= low && at.offset <= high) return bounds
  throw new KafkaError(
    'out-of-range',
    `${at.topic}/${at.partition}: position ${at.offset} is not in the log (${low} to ${high})`,
  )
}
