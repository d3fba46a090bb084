import type { LogRecord } from '@meterline/topology'
import type { KafkaClient } from '../connection/client.ts'
import { KafkaError } from '../errors.ts'
import { readCommittedPosition, readLogBounds } from '../read/offsets.ts'
import { readLog } from '../read/read-log.ts'
import { createTransactionWriter, POSITIONS_TOPIC } from '../write/transaction-writer.ts'
import { readPositions, readStamp } from './position-stamp.ts'

export interface ReturnToOutputs {
  readonly groupId: string
  readonly topic: string
  readonly partition: number
  /** The partition's own: with `apply`, whoever works on it is fenced. */
  readonly transactionalId: string
  /** What the task is restored from. */
  readonly restoreTopics: readonly string[]
  /** Every topic that the task writes. */
  readonly writesTo: readonly string[]
  /** Without it, only looks, and disturbs nobody. */
  readonly apply: boolean
}

/**
 * For a person, where a task halted because its position names outputs that are in no log: Kafka committed the position and
 * rolled the outputs of the same transaction back. Sets the position back to that of the newest outputs. Metadata beyond the
 * stamps (a task's note) is dropped, since it tells of what is gone.
 *
 * Whether the same transaction was rolled back in topics that the task only writes cannot be seen here.
 * @throws KafkaError `inconsistent` when it is anything but that: nothing is missing, outputs are ahead of the position, or
 * some of the lost transactions' outputs are there.
 */
export async function returnToOutputs(
  client: KafkaClient,
  { groupId, topic, partition, transactionalId, restoreTopics, writesTo, apply }: ReturnToOutputs,
): Promise<{ readonly from: number; readonly to: number }> {
  const writer = createTransactionWriter(client.openLink(), {
    transactionalId,
    topics: [...writesTo, POSITIONS_TOPIC],
  })
  const refused = (why: string): KafkaError => new KafkaError('inconsistent', `${topic}/${partition}: ${why}`)
  try {
    if (apply) await writer.fence()
    const committed = await readCommittedPosition(client.reads, { groupId, topic, partition })
    const named = readPositions(committed.metadata)
    const found = new Map<string, number>()
    for (const restored of restoreTopics) {
      const newest = await newestStamp(client, { topic: restored, partition })
      if (newest !== undefined) found.set(restored, newest)
    }
    const stamps = restoreTopics.map((each) => ({
      named: named.get(each) ?? -1,
      found: found.get(each) ?? -1,
    }))
    const missing = stamps.filter((each) => each.found < each.named)
    if (stamps.some((each) => each.found > each.named)) throw refused('outputs are ahead of the position')
    if (missing.length === 0 || committed.offset === undefined) throw refused('no outputs are missing')
    const to = Math.max(...missing.map((each) => each.found))
    if (to < 0) throw refused('no outputs are left to go back to')
    if (stamps.some((each) => each.found > to)) throw refused('some outputs of what was lost are there')
    if (apply) {
      const metadata = JSON.stringify(Object.fromEntries(found))
      await writer.commit([], { groupId, topic, partition, offset: to, metadata })
    }
    return { from: committed.offset, to }
  } finally {
    await writer.close()
  }
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
