import { decodeMeterTally, TOPICS } from '@meterline/contract'
import type { MeterTally } from '@meterline/contract'
import { readCommittedPositions, readNote } from '@meterline/kafka'
import type { KafkaClient } from '@meterline/kafka'

export interface PartitionTally {
  readonly partition: number
  /** Meter's committed position: the tally counts what is before it. */
  readonly position: number
  readonly tally: MeterTally
}

/** The name of the topology is its group. */
const METER_GROUP = 'meter'

/** Meter's tallies as committed now; none for a partition that it has not begun. */
export async function readTallies(kafka: KafkaClient): Promise<PartitionTally[]> {
  const topic = TOPICS.usageEvents.name
  const partitions = await kafka.reads.partitionsOf(topic)
  const committed = await readCommittedPositions(kafka.reads, { groupId: METER_GROUP, topic, partitions })
  return [...committed].flatMap(([partition, { offset, metadata }]) => {
    const note = readNote(metadata)
    const tally = note === undefined ? undefined : decodeMeterTally(note)
    return offset === undefined || tally === undefined ? [] : [{ partition, position: offset, tally }]
  })
}
