import { HEADERS } from '@meterline/contract'
import type { OutputBatch } from '@meterline/topology'

import type { RejectedRecord } from './source.ts'

export interface RejectedTopic {
  readonly name: string
  readonly partitions: number
}

/** The bytes as received, on the partition of the same number where there is one, with where they came from and why. */
export function rejectedOutput(
  from: { readonly topic: string; readonly partition: number },
  rejected: readonly RejectedRecord[],
  to: RejectedTopic,
): OutputBatch[] {
  if (rejected.length === 0) return []
  const messages = rejected.map(({ record, rejection }) => ({
    key: record.key,
    value: record.value,
    headers: {
      ...record.headers,
      [HEADERS.reason]: rejection.reason,
      [HEADERS.stage]: rejection.stage,
      [HEADERS.error]: rejection.error,
      [HEADERS.sourceTopic]: from.topic,
      [HEADERS.sourcePartition]: String(from.partition),
      [HEADERS.sourceOffset]: String(record.offset),
    },
    timestampMs: record.timestampMs,
  }))
  return [{ topic: to.name, partition: from.partition % to.partitions, messages }]
}
