import type { LogRecord } from '@meterline/topology'
import type { KafkaClient } from '../connection/client.ts'
import { KafkaError } from '../errors.ts'
import { readCommittedPosition, readLogBounds } from '../read/offsets.ts'
import { readLog } from '../read/read-log.ts'
import { createTransactionWriter, POSITIONS_TOPIC } from '../write/transaction-writer.ts'
import { metadataOf, readPositions, readStamp } from './position-stamp.ts'

export interface MatchOutputs {
  readonly groupId: string
  readonly topic: string
  readonly partition: number
  /** The partition's own: with `apply`, whoever works on it is fenced. */
  readonly transactionalId: string
  /** What the task is restored from. */
  readonly restoreTopics: readonly string[]
  /** Every topic that the task writes. */
  readonly writesTo: readonly string[]
  /**
   * The note to commit where outputs are ahead of the position, up to this one. Only for a task that knows its own work again when it reads
   * it a second time; for any other, outputs that are ahead are refused.
   */
  readonly noteAhead?: (outputs: number) => string
  /** Without it, only looks, and disturbs nobody. */
  readonly apply: boolean
}

/** How the end of a transaction came apart, by offsets of the input. */
export interface Mismatch {
  /** `outputs-lost`: the position was committed and the outputs rolled back. `position-lost`: the other way round. */
  readonly kind: 'outputs-lost' | 'position-lost'
  /** Where the position stood. */
  readonly position: number
  /** Where the newest outputs were written. */
  readonly outputs: number
}

/**
 * For a person, where a task halted because its position and its outputs do not belong together: Kafka ended the same transaction in two
 * ways. Where the outputs are gone, the position goes back to the newest that are there. Where the position is gone, it stays, and says
 * that the outputs are known: the task is restored with them and reads what they came from again. Either way nothing of the input is
 * left out. Metadata beyond the stamps (a task's note) is dropped or replaced, since it tells of what is gone.
 *
 * How the same transaction ended in topics that the task only writes cannot be seen here.
 * @throws KafkaError `inconsistent` when it is anything but that: both agree, or some logs are ahead and some behind.
 */
export async function matchOutputs(
  client: KafkaClient,
  { groupId, topic, partition, transactionalId, restoreTopics, writesTo, noteAhead, apply }: MatchOutputs,
): Promise<Mismatch> {
  const writer = createTransactionWriter(client.openLink(), {
    transactionalId,
    topics: [...writesTo, POSITIONS_TOPIC],
  })
  try {
    if (apply) await writer.fence()
    const committed = await readCommittedPosition(client.reads, { groupId, topic, partition })
    const named = readPositions(committed.metadata)
    const found = new Map<string, number>()
    for (const restored of restoreTopics) {
      const newest = await newestStamp(client, { topic: restored, partition })
      if (newest !== undefined) found.set(restored, newest)
    }
    const stamps = restoreTopics.map((each) => ({ named: named.get(each), found: found.get(each) }))
    const position = committed.offset ?? (await readLogBounds(client.reads, { topic, partition })).low
    const mismatch = mismatchOf(stamps, position)
    if (typeof mismatch === 'string')
      throw new KafkaError('inconsistent', `${topic}/${partition}: ${mismatch}`)
    const { kind, outputs } = mismatch
    if (kind === 'position-lost' && noteAhead === undefined)
      throw new KafkaError('inconsistent', `${topic}/${partition}: outputs are ahead of the position`)
    if (apply) {
      const next =
        kind === 'outputs-lost'
          ? { offset: outputs, metadata: metadataOf(found) }
          : { offset: position, metadata: metadataOf(new Map([...named, ...found]), noteAhead?.(outputs)) }
      await writer.commit([], { groupId, topic, partition, ...next })
    }
    return mismatch
  } finally {
    await writer.close()
  }
}

/** Of one log: the newest stamp that the position names, and the newest that is there. */
export interface StampPair {
  readonly named: number | undefined
  readonly found: number | undefined
}

/** How position and outputs came apart; a sentence where it is nothing that can be mended by one of the two. */
export function mismatchOf(stamps: readonly StampPair[], position: number): Mismatch | string {
  const ahead = stamps.filter(({ named = -1, found = -1 }) => found > named)
  const behind = stamps.filter(({ named = -1, found = -1 }) => found < named)
  const newestOf = (pairs: readonly StampPair[]): number => Math.max(...pairs.map(({ found = -1 }) => found))
  if (ahead.length > 0) {
    // Nothing found is no loss where retention has emptied the log.
    if (behind.some(({ found }) => found !== undefined))
      return 'some outputs are ahead of the position, and some are gone'
    const outputs = newestOf(ahead)
    if (ahead.some(({ found }) => found !== outputs))
      return 'outputs of more than one transaction are ahead of the position'
    if (outputs <= position) return 'outputs are ahead of what the position names, and not of it'
    return { kind: 'position-lost', position, outputs }
  }
  if (behind.length === 0) return 'no outputs are missing'
  const outputs = newestOf(behind)
  if (outputs < 0) return 'no outputs are left to go back to'
  if (newestOf(stamps) > outputs) return 'some outputs of what was lost are there'
  return { kind: 'outputs-lost', position, outputs }
}

/** A transaction's last record carries it: near the end, unless what came after it was rolled back over and over. */
async function newestStamp(
  client: KafkaClient,
  at: { readonly topic: string; readonly partition: number },
): Promise<number | undefined> {
  const { low, high } = await readLogBounds(client.reads, at)
  for (const fromOffset of [Math.max(low, high - TAIL_RECORDS), low]) {
    let newest: number | undefined
    const feed = (records: readonly LogRecord[]): void => {
      for (const record of records) newest = readStamp(record) ?? newest
    }
    for await (const records of readLog(client, { ...at, fromOffset, to: 'end' })) feed(records)
    if (newest !== undefined) return newest
  }
  return undefined
}

const TAIL_RECORDS = 50_000
