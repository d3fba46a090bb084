import type { LogRecord } from '@meterline/topology'
import type { KafkaClient } from '../connection/client.ts'
import type { ClusterLink } from '../connection/cluster-link.ts'
import { brokerError } from '../connection/internals.ts'
import { retryTransient } from '../connection/retry.ts'
import { KafkaError } from '../errors.ts'
import { decodeRecordBatches, type DecodedBatches } from '../wire/decode-batches.ts'
import { fetchCall, type FetchAnswer } from '../wire/fetch.ts'
import { offsetAtTime, readLogBounds } from './offsets.ts'

export interface ReadLogOptions {
  readonly topic: string
  readonly partition: number
  /** Where to begin; the log's first offset when both are left out. */
  readonly fromOffset?: number
  readonly fromTimestampMs?: number
  /** `end`: the end of the committed log as it stands now. A number: the last offset wanted. */
  readonly to: 'end' | number
  readonly signal?: AbortSignal
  /** Bytes of one fetch; a batch that is larger comes whole. Small for one record, large for many. */
  readonly fetchBytes?: number
  /** How long brokers may be away before the read fails. */
  readonly stallTimeoutMs?: number
}

/**
 * Committed records of one partition, batch by batch, in order, without a group.
 *
 * Ends when the log is known to hold no more of them. A read that cannot go on before that is an error, never an end:
 * a restore that stopped early would lose state in silence.
 */
export async function* readLog(
  client: Pick<KafkaClient, 'reads'>,
  options: ReadLogOptions,
): AsyncGenerator<LogRecord[], void> {
  const link = client.reads
  const bounds = await readLogBounds(link, options)
  const end = options.to === 'end' ? bounds.stable : Math.min(options.to + 1, bounds.stable)
  let position = options.fromOffset ?? bounds.low
  if (options.fromTimestampMs !== undefined) {
    position = await offsetAtTime(link, { ...options, timestampMs: options.fromTimestampMs })
  }
  position = Math.max(position, bounds.low)
  while (position < end) {
    options.signal?.throwIfAborted()
    const { records, nextOffset } = await fetchFrom(link, { ...options, offset: position })
    if (nextOffset <= position) {
      throw new KafkaError(
        'damaged',
        `${options.topic}/${options.partition} does not advance at ${position} of ${end}`,
      )
    }
    position = nextOffset
    const wanted = nextOffset <= end ? records : records.filter((record) => record.offset < end)
    if (wanted.length > 0) yield wanted
  }
}

async function fetchFrom(
  link: ClusterLink,
  at: ReadLogOptions & { readonly offset: number },
): Promise<DecodedBatches> {
  const doing = `Reading ${at.topic}/${at.partition} at ${at.offset}`
  const maxBytes = at.fetchBytes ?? MAX_BYTES
  const entry = { topic: at.topic, partition: at.partition, offset: at.offset, maxBytes }
  return retryTransient(
    async () => {
      const nodeId = await link.leaderOf(at.topic, at.partition)
      const answers = await link.send(nodeId, fetchCall([entry], { maxWaitMs: MAX_WAIT_MS, maxBytes }))
      const answer = (answers as readonly FetchAnswer[])[0]
      if (answer === undefined) throw new KafkaError('unavailable', `${doing}: empty answer`)
      if (answer.errorCode !== 0) throw brokerError(answer.errorCode)
      const decoded = decodeRecordBatches(answer.batches, {
        partition: at.partition,
        fromOffset: at.offset,
        aborted: answer.aborted,
      })
      // A new leader may not have the end of the log yet: it answers with nothing for a moment.
      if (decoded.nextOffset <= at.offset) throw new KafkaError('unavailable', `${doing}: nothing yet`)
      return decoded
    },
    {
      doing,
      deadlineMs: Date.now() + (at.stallTimeoutMs ?? STALL_TIMEOUT_MS),
      signal: at.signal,
      beforeRetry: () => link.refresh(),
    },
  )
}

const MAX_BYTES = 4 * 1024 * 1024
const MAX_WAIT_MS = 100
const STALL_TIMEOUT_MS = 30_000
