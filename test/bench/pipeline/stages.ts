import { TOPICS } from '@meterline/contract'
import { describeLag, readLogBounds } from '@meterline/kafka'
import type { Admin } from 'kafkajs'

import type { Bench } from '../bench.ts'
import { committedOffsets } from '../measure/committed.ts'

/** How far each stage has come, in its own records, counted from the beginning of its topic. */
export interface StageCounts {
  readonly atMs: number
  readonly accepted: number
  readonly metered: number
  readonly stored: number
  /** Offsets of spend.delta written and not yet handled by burn. */
  readonly burnLag: number
  /** Records of usage.metered that the sink has not yet committed as rows. */
  readonly sinkLag: number
}

export async function countStages({ stack }: Bench, admin: Admin): Promise<StageCounts> {
  const endOf = async (topic: string): Promise<number> => {
    const partitions = await stack.kafka.reads.partitionsOf(topic)
    const bounds = await Promise.all(
      partitions.map((partition) => readLogBounds(stack.kafka.reads, { topic, partition })),
    )
    return bounds.reduce((sum, { high }) => sum + high, 0)
  }
  const committedBy = async (groupId: string, topic: string): Promise<number> => {
    const offsets = await committedOffsets(admin, { groupId, topic })
    return [...offsets.values()].reduce((sum, offset) => sum + Math.max(0, offset), 0)
  }
  const [accepted, metered, written, burned, rows, unstored] = await Promise.all([
    endOf(TOPICS.usageEvents.name),
    committedBy('meter', TOPICS.usageEvents.name),
    endOf(TOPICS.spendDelta.name),
    committedBy('burn', TOPICS.spendDelta.name),
    stack.clickhouse.rows<{ rows: number }>('SELECT count() AS rows FROM usage'),
    describeLag(stack.kafka, { groupId: 'sink.usage.metered', topic: TOPICS.usageMetered.name }),
  ])
  const partitions = (await stack.kafka.reads.partitionsOf(TOPICS.spendDelta.name)).length
  return {
    atMs: performance.now(),
    accepted,
    metered,
    stored: rows[0]?.rows ?? 0,
    // A group rests before the last transaction's marker.
    burnLag: Math.max(0, written - burned - 2 * partitions),
    sinkLag: unstored.reduce((sum, { lagRecords }) => sum + lagRecords, 0),
  }
}
