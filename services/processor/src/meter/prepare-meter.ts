import { framedSchemaId, HEADERS, type SchemaReader } from '@meterline/contract'
import type { UsageEvent } from '@meterline/domain'
import type { LogRecord } from '@meterline/topology'

/** How long a batch waits for the organization to be as new as the gateway's was. */
const CONTROL_WAIT_MS = 10_000
const MAX_OFFSET_DIGITS = 16

export interface MeterKnowledge {
  readonly schemas: Pick<SchemaReader<UsageEvent>, 'prepare'>
  /** Resolves when the view of the organization has reached the offset. */
  readonly organizationReached: (offset: number, timeoutMs: number) => Promise<void>
}

/** Makes ready what the records of a batch need: their schemas, and an organization as new as their writer's. */
export function prepareMeter(knowledge: MeterKnowledge): (records: readonly LogRecord[]) => Promise<void> {
  return async (records) => {
    const { schemaIds, controlOffset } = needsOf(records)
    await knowledge.schemas.prepare(schemaIds)
    if (controlOffset >= 0) await knowledge.organizationReached(controlOffset, CONTROL_WAIT_MS)
  }
}

function needsOf(records: readonly LogRecord[]): { schemaIds: Set<number>; controlOffset: number } {
  const schemaIds = new Set<number>()
  let controlOffset = -1
  let recentText: string | undefined
  for (const { value, headers } of records) {
    const schemaId = value === null ? undefined : framedSchemaId(value)
    if (schemaId !== undefined) schemaIds.add(schemaId)
    const text = headers[HEADERS.controlOffset]?.toString()
    // A gateway stamps the same offset on thousands of records.
    if (text === undefined || text === recentText) continue
    recentText = text
    controlOffset = Math.max(controlOffset, offsetIn(text))
  }
  return { schemaIds, controlOffset }
}

/** -1 for what is no offset: anybody may write headers. */
function offsetIn(text: string): number {
  return text.length <= MAX_OFFSET_DIGITS && /^\d+$/.test(text) ? Number(text) : -1
}
