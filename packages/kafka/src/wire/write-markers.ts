import type { WireCall } from '../connection/internals.ts'
import { flexibleCall, topicsSize, writeTopics } from './flexible-call.ts'

export const WRITE_TXN_MARKERS = 27

export interface Marker {
  readonly topic: string
  readonly partition: number
  readonly producerId: number
  readonly producerEpoch: number
  readonly coordinatorEpoch: number
  readonly outcome: 'commit' | 'abort'
}

/** Ends a transaction in one partition, version 1 (Kafka 2.8 and later): what is a coordinator's to do. Answers the error code. */
export function writeMarkerCall(marker: Marker): WireCall {
  const topics = [{ topic: marker.topic, partitions: [marker.partition] }]
  return flexibleCall({
    apiKey: WRITE_TXN_MARKERS,
    apiVersion: 1,
    apiName: 'WriteTxnMarkers',
    maxBytes: 32 + topicsSize(topics),
    write: (writer) =>
      writer.compactArray([marker], ({ producerId, producerEpoch, coordinatorEpoch, outcome }) => {
        writer.int64(producerId)
        writer.int16(producerEpoch)
        writer.int8(outcome === 'commit' ? 1 : 0)
        writeTopics(writer, topics)
        writer.int32(coordinatorEpoch)
        writer.noTags()
      }),
    read: (answer) =>
      answer
        .compactArray((reader) => {
          reader.int64()
          const codes = reader
            .compactArray(() => {
              reader.compactString()
              const partitions = reader.compactArray(() => {
                reader.int32()
                const errorCode = reader.int16()
                reader.skipTags()
                return errorCode
              })
              reader.skipTags()
              return partitions
            })
            .flat()
          reader.skipTags()
          return codes
        })
        .flat()[0] ?? UNKNOWN_SERVER_ERROR,
  })
}

const UNKNOWN_SERVER_ERROR = -1
