import {
  createRegistryClient,
  frame,
  partitionForKey,
  schemaText,
  TOPICS,
  usageEventCodec,
} from '@meterline/contract'
import { partitionKeyOf } from '@meterline/domain'
import { createLogWriter } from '@meterline/kafka'
import type { KafkaClient } from '@meterline/kafka'

import type { Outgoing } from '../replay/disturb.ts'
import { malformedValue } from '../replay/malform.ts'
import type { Delivery } from './delivery.ts'

const TOPIC = TOPICS.usageEvents

/** As a producer with its own Kafka client does it: Avro on `usage.events`, keyed by `request_id`, or by what a correction names. Nothing is checked here. */
export async function kafkaDelivery(kafka: KafkaClient, registryUrl: string): Promise<Delivery> {
  const registry = createRegistryClient({ url: registryUrl })
  const schemaId = await registry.register(`${TOPIC.name}-value`, schemaText(TOPIC.schema))
  const partitions = (await kafka.reads.partitionsOf(TOPIC.name)).length
  const writer = createLogWriter(kafka)
  return {
    name: 'kafka',
    async send(batch) {
      const byPartition = Map.groupBy(batch, ({ event }) =>
        partitionForKey(partitionKeyOf(event), partitions),
      )
      await writer.send(
        [...byPartition].map(([partition, items]) => ({
          topic: TOPIC.name,
          partition,
          messages: items.map((item) => ({
            key: partitionKeyOf(item.event),
            value: valueOf(item, schemaId),
          })),
        })),
      )
      return { accepted: batch.length, refused: [] }
    },
    close: () => writer.close(),
  }
}

function valueOf(item: Outgoing, schemaId: number): Buffer {
  return item.kind === 'event'
    ? frame(schemaId, usageEventCodec.encode(item.event))
    : malformedValue(item.event, item.flaw, schemaId)
}
