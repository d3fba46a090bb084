import { frame, usageEventCodec } from '@meterline/contract'

import { plannedEvent } from '../traffic/plan.ts'
import { USAGE_PARTITIONS } from '../traffic/steady-traffic.ts'
import type { Fault } from './fault.ts'

const FIRST_UNKNOWN_ID = 900_000
const IDS = 40

/** Schema ids that nobody registered, many different ones at once: each is asked for, and its record rejected. */
export const unknownSchema: Fault = {
  name: 'unknown-schema',
  what: 'schema ids that nobody registered',
  recoversWithinMs: 30_000,
  isQuick: true,
  async strike({ traffic }) {
    const datum = usageEventCodec.encode(plannedEvent(1, 0, Date.now()).event)
    await traffic.sendMalformed(
      Array.from({ length: IDS }, (_, index) => ({
        key: `unknown-schema-${index}`,
        partition: index % USAGE_PARTITIONS,
        value: frame(FIRST_UNKNOWN_ID + index, datum),
        reason: 'unknown_schema_id',
      })),
    )
    return { kind: 'struck', note: `${IDS} ids` }
  },
}
