import type { WireCall } from '../connection/internals.ts'
import { flexibleCall, topicsSize, writeTopics, type TopicPartitions } from './flexible-call.ts'

export const DESCRIBE_PRODUCERS = 61

export interface PartitionProducers {
  readonly topic: string
  readonly partition: number
  readonly errorCode: number
  readonly producers: readonly ProducerState[]
}

export interface ProducerState {
  readonly producerId: number
  readonly producerEpoch: number
  /** Of the newest marker; -1 when there was none. */
  readonly coordinatorEpoch: number
  /** Where its open transaction begins; -1 when it has none. */
  readonly openSince: number
}

/** Who has written to partitions that this broker leads, version 0 (Kafka 3.0 and later). */
export function describeProducersCall(topics: readonly TopicPartitions[]): WireCall {
  return flexibleCall({
    apiKey: DESCRIBE_PRODUCERS,
    apiVersion: 0,
    apiName: 'DescribeProducers',
    maxBytes: topicsSize(topics),
    write: (writer) => writeTopics(writer, topics),
    read: (answer) => {
      answer.int32()
      return answer
        .compactArray((reader) => {
          const topic = reader.compactString() ?? ''
          const partitions = reader.compactArray((): PartitionProducers => {
            const partition = reader.int32()
            const errorCode = reader.int16()
            reader.compactString()
            const producers = reader.compactArray((): ProducerState => {
              const producerId = reader.int64()
              const producerEpoch = reader.int32()
              reader.at += LAST_SEQUENCE_AND_TIME_BYTES
              const coordinatorEpoch = reader.int32()
              const openSince = reader.int64()
              reader.skipTags()
              return { producerId, producerEpoch, coordinatorEpoch, openSince }
            })
            reader.skipTags()
            return { topic, partition, errorCode, producers }
          })
          reader.skipTags()
          return partitions
        })
        .flat()
    },
  })
}

const LAST_SEQUENCE_AND_TIME_BYTES = 4 + 8
