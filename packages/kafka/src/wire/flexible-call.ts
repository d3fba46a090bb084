import type { WireCall } from '../connection/internals.ts'
import { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'

/**
 * A request of a flexible version. The client writes the header of an inflexible one: what follows it in a flexible one is taken for
 * the beginning of the body here, and so it is with answers.
 */
export function flexibleCall(of: {
  readonly apiKey: number
  readonly apiVersion: number
  readonly apiName: string
  readonly maxBytes: number
  write(writer: ByteWriter): void
  read(reader: ByteReader): unknown
}): WireCall {
  return {
    request: {
      apiKey: of.apiKey,
      apiVersion: of.apiVersion,
      apiName: of.apiName,
      encode: async () => {
        const writer = new ByteWriter(of.maxBytes)
        writer.noTags()
        of.write(writer)
        writer.noTags()
        return { chunks: [writer.written()] }
      },
    },
    response: {
      decode: async (payload) => {
        const reader = new ByteReader(payload)
        reader.skipTags()
        return of.read(reader)
      },
      parse: async (answer) => answer,
    },
  }
}

/** Partitions of topics, as requests name them. */
export interface TopicPartitions {
  readonly topic: string
  readonly partitions: readonly number[]
}

export function topicsSize(topics: readonly TopicPartitions[]): number {
  return topics.reduce(
    (sum, { topic, partitions }) => sum + 16 + topic.length * 3 + partitions.length * 4,
    16,
  )
}

export function writeTopics(writer: ByteWriter, topics: readonly TopicPartitions[]): void {
  writer.compactArray(topics, ({ topic, partitions }) => {
    writer.compactString(topic)
    writer.compactArray(partitions, (partition) => writer.int32(partition))
    writer.noTags()
  })
}
