import { frame, usageEventCodec } from '@meterline/contract'
import type { UsageEvent } from '@meterline/domain'

import { eventJson } from '../send/event-json.ts'
import type { Flaw } from './disturb.ts'

const YEAR_3000_MS = Date.UTC(3000, 0, 1)
const UNKNOWN_SCHEMA_ID = 999_999_999

/** A broken event as JSON. */
export function malformedJson(event: UsageEvent, flaw: Flaw): Readonly<Record<string, unknown>> {
  const json = eventJson(event)
  switch (flaw) {
    case 'negative_units':
      return { ...json, units: { tokens_input: -1 } }
    case 'unknown_field':
      return { ...json, tokens: 12 }
    case 'no_model': {
      const { model_name: _, ...rest } = json
      return rest
    }
    case 'year_3000':
      return { ...json, timestamp: YEAR_3000_MS }
  }
}

/** A broken event as a Kafka value: bytes that are no datum, a schema nobody registered, or a datum that cannot be. */
export function malformedValue(event: UsageEvent, flaw: Flaw, schemaId: number): Buffer {
  switch (flaw) {
    case 'negative_units':
      return frame(schemaId, usageEventCodec.encode({ ...event, units: { tokens_input: -1 } }))
    case 'unknown_field':
      return frame(UNKNOWN_SCHEMA_ID, usageEventCodec.encode(event))
    case 'no_model':
      return frame(schemaId, Buffer.from('not an Avro datum'))
    case 'year_3000':
      return frame(schemaId, usageEventCodec.encode({ ...event, timestamp: YEAR_3000_MS }))
  }
}
