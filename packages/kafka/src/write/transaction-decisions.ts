import type { LogRecord } from '@meterline/topology'
import type { ClusterLink } from '../connection/cluster-link.ts'
import { readLog } from '../read/read-log.ts'
import { ByteReader } from '../wire/byte-reader.ts'

/** What a coordinator has decided of one transaction. */
export interface Decision {
  readonly producerId: number
  /** With an abort by the coordinator itself, or by a new owner, one more than what was written with. */
  readonly producerEpoch: number
  readonly outcome: 'commit' | 'abort'
}

/**
 * What was decided under a transactional id, oldest first, as far as Kafka still has it: read from the coordinators' own log, since they
 * forget it as soon as somebody takes over. The whole of one partition is read, so only where a decision is missing.
 */
export async function readDecisions(
  link: ClusterLink,
  { transactionalId, signal }: { readonly transactionalId: string; readonly signal: AbortSignal },
): Promise<Decision[]> {
  const partitions = await link.partitionsOf(TRANSACTIONS_TOPIC)
  const partition = partitionOf(transactionalId, partitions.length)
  const decisions: Decision[] = []
  for await (const records of readLog(
    { reads: link },
    { topic: TRANSACTIONS_TOPIC, partition, to: 'end', signal },
  )) {
    for (const record of records) {
      const decision = idIn(record) === transactionalId ? decisionIn(record) : undefined
      if (decision !== undefined) decisions.push(decision)
    }
  }
  return decisions
}

/** As brokers find it: Java's hash of a string. */
function partitionOf(transactionalId: string, partitions: number): number {
  let hash = 0
  for (let index = 0; index < transactionalId.length; index++)
    hash = (Math.imul(hash, 31) + transactionalId.charCodeAt(index)) | 0
  return (hash === MIN_INT32 ? 0 : Math.abs(hash)) % partitions
}

/** Kafka's `TransactionLogKey`, version 0. */
function idIn({ key }: LogRecord): string | null {
  if (key === null) return null
  const reader = new ByteReader(key)
  return reader.int16() === 0 ? reader.string() : null
}

/** Kafka's `TransactionLogValue`, versions 0 and 1, which begin alike. */
function decisionIn({ value }: LogRecord): Decision | undefined {
  if (value === null) return undefined
  const reader = new ByteReader(value)
  if (reader.int16() > NEWEST_VALUE_VERSION) return undefined
  const producerId = reader.int64()
  const producerEpoch = reader.int16()
  reader.int32()
  const outcome = OUTCOMES.get(reader.int8())
  return outcome === undefined ? undefined : { producerId, producerEpoch, outcome }
}

export const TRANSACTIONS_TOPIC = '__transaction_state'

const NEWEST_VALUE_VERSION = 1
const MIN_INT32 = -(2 ** 31)
/** PrepareCommit, PrepareAbort, CompleteCommit, CompleteAbort. */
const OUTCOMES: ReadonlyMap<number, Decision['outcome']> = new Map([
  [2, 'commit'],
  [3, 'abort'],
  [4, 'commit'],
  [5, 'abort'],
])
