import { HEADERS, MAX_RECORD_BYTES, TOPICS } from '@meterline/contract'
import type { Rejection } from '@meterline/domain'
import type { LogRecord, OutputMessage } from '@meterline/topology'

/** Headers that a replay needs again; longer ones are not ours. */
const KEPT_HEADERS = [
  HEADERS.attributedBy,
  HEADERS.controlOffset,
  HEADERS.apiKeyId,
  HEADERS.replayedFrom,
] as const
const MAX_KEPT_HEADER_BYTES = 512

/**
 * A record for `usage.rejected`: the bytes as received, and in the headers why, and where they came from. A record that is too
 * large to be stored a second time goes without its bytes; the headers say where to read them.
 */
export function rejectedMessage(record: LogRecord, rejection: Rejection, apiKeyId?: string): OutputMessage {
  const bytes = (record.key?.length ?? 0) + (record.value?.length ?? 0)
  const isStorable = bytes <= MAX_RECORD_BYTES
  return {
    key: isStorable ? record.key : null,
    value: isStorable ? record.value : null,
    timestampMs: record.timestampMs,
    headers: {
      ...keptHeaders(record),
      [HEADERS.reason]: rejection.reason,
      [HEADERS.stage]: rejection.stage,
      [HEADERS.error]: rejection.error,
      [HEADERS.sourceTopic]: TOPICS.usageEvents.name,
      [HEADERS.sourcePartition]: String(record.partition),
      [HEADERS.sourceOffset]: String(record.offset),
      ...(apiKeyId === undefined ? {} : { [HEADERS.apiKeyId]: apiKeyId }),
    },
  }
}

function keptHeaders(record: LogRecord): Record<string, Buffer | string> {
  const kept: Record<string, Buffer | string> = {}
  for (const name of KEPT_HEADERS) {
    const value = record.headers[name]
    if (value !== undefined && value.length <= MAX_KEPT_HEADER_BYTES) kept[name] = value
  }
  return kept
}
