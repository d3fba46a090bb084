import type { SimKafka } from '../kafka/sim-kafka.ts'
import { GROUPS } from '../world/settings.ts'

/** Whether all that was written has been read, and nothing is half done. */
export function isAtRest(kafka: SimKafka): boolean {
  return kafka.openTransactions().length === 0 && unread(kafka).length === 0
}

/** Partitions whose committed position is not past their last record. Transaction markers need not be passed. */
export function unread(kafka: SimKafka): string[] {
  return GROUPS.flatMap(({ groupId, topic }) =>
    kafka.partitionsOf(topic).flatMap((partition) => {
      const last = kafka.log(topic, partition).records().at(-1)?.offset ?? -1
      const position = kafka.committed({ groupId, topic, partition })?.offset ?? 0
      return position > last
        ? []
        : [`${groupId} stands at ${position} of ${topic}/${partition}, which ends with ${last}`]
    }),
  )
}
