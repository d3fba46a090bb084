import { frame, FRAME_BYTES, HEADERS, partitionForKey, TOPICS, usageEventCodec } from '@meterline/contract'
import { partitionKeyOf } from '@meterline/domain'
import type { RejectionReason, UsageEvent } from '@meterline/domain'
import type { OutputBatch, OutputMessage } from '@meterline/topology'

interface RefusedRecord {
  readonly key: string | null
  readonly value: Buffer
  readonly reason: RejectionReason
  readonly message: string
  readonly headers: Readonly<Record<string, string>>
}

/** The records of one request, by topic and partition. */
export interface RecordBatches {
  addEvent(event: UsageEvent, attributedByGateway: boolean): void
  addRefused(record: RefusedRecord): void
  batches(options: { readonly withRefused: boolean }): OutputBatch[]
  refusedBytes(): number
  /** Whose events they are, in the order they came; none where nobody asked for it. */
  readonly requests: readonly UsageRequest[]
}

export interface UsageRequest {
  readonly keyId: string
  readonly requestId: string
}

export interface RecordTarget {
  readonly schemaId: number
  readonly eventPartitions: number
  readonly rejectedPartitions: number
}

export function createRecordBatches(
  target: RecordTarget,
  origin: { readonly controlOffset: number; readonly callerId: string; readonly keepRequests: boolean },
): RecordBatches {
  const events = new Map<number, OutputMessage[]>()
  const requests: UsageRequest[] = []
  const refused = new Map<number, OutputMessage[]>()
  const plain = { [HEADERS.controlOffset]: String(origin.controlOffset) }
  const attributed = { ...plain, [HEADERS.attributedBy]: 'gateway' }
  let refusedBytes = 0
  return {
    addEvent(event, attributedByGateway) {
      if (origin.keepRequests) requests.push({ keyId: event.api_key_id, requestId: event.request_id })
      const key = Buffer.from(partitionKeyOf(event), 'utf8')
      add(events, partitionForKey(key, target.eventPartitions), {
        key,
        value: framedEvent(target.schemaId, event),
        headers: attributedByGateway ? attributed : plain,
      })
    },
    addRefused({ key, value, reason, message, headers }) {
      refusedBytes += value.length
      add(refused, partitionForKey(key ?? '', target.rejectedPartitions), {
        key,
        value,
        headers: {
          ...headers,
          ...plain,
          [HEADERS.reason]: reason,
          [HEADERS.stage]: 'gateway',
          [HEADERS.error]: message,
          [HEADERS.apiKeyId]: origin.callerId,
        },
      })
    },
    refusedBytes: () => refusedBytes,
    requests,
    batches: ({ withRefused }) => [
      ...batchesOf(TOPICS.usageEvents.name, events),
      ...(withRefused ? batchesOf(TOPICS.usageRejected.name, refused) : []),
    ],
  }
}

const SCRATCH_BYTES = 64 * 1024
const scratch = Buffer.allocUnsafe(SCRATCH_BYTES)

// Encoded behind its frame at once: one copy per event instead of three.
function framedEvent(schemaId: number, event: UsageEvent): Buffer {
  scratch[0] = 0
  scratch.writeUInt32BE(schemaId, 1)
  const end = usageEventCodec.type.encode(event, scratch, FRAME_BYTES)
  // A negative end: it does not fit.
  return end >= 0 ? Buffer.from(scratch.subarray(0, end)) : frame(schemaId, usageEventCodec.encode(event))
}

function add(byPartition: Map<number, OutputMessage[]>, partition: number, message: OutputMessage): void {
  const messages = byPartition.get(partition)
  if (messages === undefined) byPartition.set(partition, [message])
  else messages.push(message)
}

function batchesOf(topic: string, byPartition: ReadonlyMap<number, OutputMessage[]>): OutputBatch[] {
  return [...byPartition].map(([partition, messages]) => ({ topic, partition, messages }))
}
