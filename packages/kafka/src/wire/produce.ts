import type { WireCall } from '../connection/internals.ts'
import { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'

export interface ProduceEntry {
  readonly topic: string
  readonly partition: number
  /** One record batch: a request may carry one per partition only. */
  readonly bytes: Buffer
}

export interface ProduceAnswer {
  readonly topic: string
  readonly partition: number
  readonly errorCode: number
  readonly baseOffset: number
}

/** Produce, version 7 (Kafka 2.1 and later), acks=all. The answer tells each partition's fate; it does not throw for one. */
export function produceCall(
  entries: readonly ProduceEntry[],
  options: { readonly transactionalId: string | null; readonly timeoutMs: number },
): WireCall {
  return {
    request: {
      apiKey: 0,
      apiVersion: 7,
      apiName: 'Produce',
      encode: async () => ({ chunks: encode(entries, options) }),
    },
    response: { decode: async (payload) => decode(payload), parse: async (answers) => answers },
    requestTimeout: options.timeoutMs + NETWORK_MS,
  }
}

/** The batches themselves are not copied: they go out between the pieces that name their partitions. */
function encode(
  entries: readonly ProduceEntry[],
  options: { readonly transactionalId: string | null; readonly timeoutMs: number },
): Buffer[] {
  let maxBytes = 64 + Buffer.byteLength(options.transactionalId ?? '')
  for (const entry of entries) maxBytes += 32 + entry.topic.length * 3
  const writer = new ByteWriter(maxBytes)
  const chunks: Buffer[] = []
  let taken = 0
  writer.string(options.transactionalId)
  writer.int16(ACKS_ALL)
  writer.int32(options.timeoutMs)
  const byTopic = Map.groupBy(entries, (entry) => entry.topic)
  writer.int32(byTopic.size)
  for (const [topic, partitions] of byTopic) {
    writer.string(topic)
    writer.int32(partitions.length)
    for (const { partition, bytes } of partitions) {
      writer.int32(partition)
      writer.int32(bytes.length)
      chunks.push(writer.buffer.subarray(taken, writer.at), bytes)
      taken = writer.at
    }
  }
  if (taken < writer.at) chunks.push(writer.buffer.subarray(taken, writer.at))
  return chunks
}

function decode(payload: Buffer): ProduceAnswer[] {
  return new ByteReader(payload)
    .array((topicReader) => {
      const topic = topicReader.string() ?? ''
      return topicReader.array((reader) => {
        const partition = reader.int32()
        const errorCode = reader.int16()
        const baseOffset = reader.int64()
        reader.at += 16
        return { topic, partition, errorCode, baseOffset }
      })
    })
    .flat()
}

const ACKS_ALL = -1
const NETWORK_MS = 1_000
