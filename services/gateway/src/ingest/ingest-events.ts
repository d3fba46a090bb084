import type { EventBody } from '@meterline/contract'

import type { AdmissionContext } from '../admit/admit-event.ts'
import { admitEvent } from '../admit/admit-event.ts'
import type { RecordBatches } from './record-batches.ts'
import { requestIdOf } from './request-id-of.ts'

/** One refused event, as the sender is told. */
interface RefusedEvent {
  readonly index: number
  readonly request_id: string | null
  readonly code: string
  readonly message: string
  readonly field: string | null
}

export interface IngestResult {
  readonly accepted: number
  readonly rejected: readonly RefusedEvent[]
}

/** Sorts the events of a body into records to write: taken ones to `usage.events`, refused ones to `usage.rejected`. */
export function ingestEvents(
  body: EventBody,
  context: AdmissionContext,
  records: RecordBatches,
): IngestResult {
  const rejected: RefusedEvent[] = []
  let accepted = 0
  for (let index = 0; index < body.count; index++) {
    const parsed = body.parse(index)
    const admission = parsed.ok
      ? admitEvent(parsed.usage, context)
      : ({ ok: false, refusal: parsed.problem } as const)
    if (admission.ok) {
      records.addEvent(admission.event, admission.attributedByGateway)
      accepted += 1
      continue
    }
    const { reason, message, field } = admission.refusal
    const request_id = parsed.ok ? parsed.usage.request_id : requestIdOf(body, index)
    rejected.push({ index, request_id, code: reason, message, field: field ?? null })
    records.addRefused({
      key: request_id,
      value: body.raw(index),
      reason,
      message,
      headers: body.keptHeaders,
    })
  }
  return { accepted, rejected }
}
