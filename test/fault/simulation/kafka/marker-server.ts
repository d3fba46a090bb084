import { ByteReader } from '../../../../packages/kafka/src/wire/byte-reader.ts'
import type {
  PartitionProducers,
  ProducerState,
} from '../../../../packages/kafka/src/wire/describe-producers.ts'
import { POSITIONS_TOPIC } from '../../../../packages/kafka/src/write/transaction-writer.ts'
import type { SimKafka } from './sim-kafka.ts'

/** A DescribeProducers request, version 0: whoever has nothing open is left out. */
export function serveDescribeProducers(kafka: SimKafka, bytes: Buffer): PartitionProducers[] {
  return readTopics(begin(bytes)).map(({ topic, partition }) => ({
    topic,
    partition,
    errorCode: 0,
    producers: kafka.hidesOpenTransactions ? [] : openIn(kafka, topic, partition),
  }))
}

function openIn(kafka: SimKafka, topic: string, partition: number): readonly ProducerState[] {
  return topic === POSITIONS_TOPIC
    ? kafka.transactions.openPositions()
    : kafka.log(topic, partition).openProducers()
}

/** A WriteTxnMarkers request, version 1, of one marker. */
export function serveMarker(kafka: SimKafka, bytes: Buffer): number {
  begin(bytes).compactArray((reader) => {
    const producerId = reader.int64()
    const producerEpoch = reader.int16()
    const outcome = reader.int8() === 1 ? 'commit' : 'abort'
    for (const { topic, partition } of readTopics(reader)) {
      if (topic === POSITIONS_TOPIC) kafka.transactions.endPositions(producerId, outcome)
      else kafka.log(topic, partition).mark(producerId, producerEpoch, outcome)
    }
    reader.int32()
    reader.skipTags()
  })
  return 0
}

function begin(bytes: Buffer): ByteReader {
  const reader = new ByteReader(bytes)
  reader.skipTags()
  return reader
}

function readTopics(reader: ByteReader): { readonly topic: string; readonly partition: number }[] {
  return reader
    .compactArray(() => {
      const topic = reader.compactString() ?? ''
      const partitions = reader.compactArray(() => reader.int32())
      reader.skipTags()
      return partitions.map((partition) => ({ topic, partition }))
    })
    .flat()
}
