import type { WireCall } from '../connection/internals.ts'
import { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'
import type { AbortedTransaction } from './decode-batches.ts'

export interface FetchEntry {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly maxBytes: number
}

export interface FetchAnswer {
  readonly topic: string
  readonly partition: number
  readonly errorCode: number
  readonly highWatermark: number
  /** End of what committed readers may see; -1 with an error. */
  readonly lastStableOffset: number
  readonly aborted: readonly AbortedTransaction[]
  readonly batches: Buffer
}

/** Fetch of committed records, version 11 (Kafka 2.3 and later). The answer tells each partition's fate; it does not throw for one. */
export function fetchCall(
  entries: readonly FetchEntry[],
  options: { readonly maxWaitMs: number; readonly maxBytes: number },
): WireCall {
  return {
    request: {
      apiKey: 1,
      apiVersion: 11,
      apiName: 'Fetch',
      encode: async () => {
        const bytes = encode(entries, options)
        return { buf: bytes, buffer: bytes }
      },
    },
    response: { decode: async (payload) => decode(payload), parse: async (answers) => answers },
    requestTimeout: options.maxWaitMs + NETWORK_MS,
  }
}

function encode(
  entries: readonly FetchEntry[],
  options: { readonly maxWaitMs: number; readonly maxBytes: number },
): Buffer {
  let maxSize = 64
  for (const entry of entries) maxSize += 48 + entry.topic.length * 3
  const writer = new ByteWriter(maxSize)
  writer.int32(-1)
  writer.int32(options.maxWaitMs)
  writer.int32(1)
  writer.int32(options.maxBytes)
  writer.int8(READ_COMMITTED)
  writer.int32(0)
  writer.int32(-1)
  const byTopic = Map.groupBy(entries, (entry) => entry.topic)
  writer.int32(byTopic.size)
  for (const [topic, partitions] of byTopic) {
    writer.string(topic)
    writer.int32(partitions.length)
    for (const { partition, offset, maxBytes } of partitions) {
      writer.int32(partition)
      writer.int32(-1)
      writer.int64(offset)
      writer.int64(-1)
      writer.int32(maxBytes)
    }
  }
  writer.int32(0)
  writer.string('')
  return writer.written()
}

function decode(payload: Buffer): FetchAnswer[] {
  const reader = new ByteReader(payload)
  reader.at += 4 + 2 + 4
  return reader
    .array((topicReader) => {
      const topic = topicReader.string() ?? ''
      return topicReader.array((partitionReader) => readPartition(partitionReader, topic))
    })
    .flat()
}

function readPartition(reader: ByteReader, topic: string): FetchAnswer {
  const partition = reader.int32()
  const errorCode = reader.int16()
  const highWatermark = reader.int64()
  const lastStableOffset = reader.int64()
  reader.at += 8
  const aborted = reader.array((r) => ({ producerId: r.int64(), firstOffset: r.int64() }))
  reader.at += 4
  const length = reader.int32()
  const batches = length > 0 ? reader.slice(length) : NOTHING
  return { topic, partition, errorCode, highWatermark, lastStableOffset, aborted, batches }
}

const NOTHING = Buffer.alloc(0)
const READ_COMMITTED = 1
const NETWORK_MS = 5_000
