import type { EventBody } from '@meterline/contract'
import { USAGE_BOUNDS } from '@meterline/domain'

/** The id that a refused event carries, so that its sender finds it again; `null` when there is none to be found. */
export function requestIdOf(body: EventBody, index: number): string | null {
  const id = body.keptHeaders['ce_id'] ?? idIn(body.raw(index))
  return typeof id === 'string' && id.length <= USAGE_BOUNDS.maxIdLength ? id : null
}

function idIn(raw: Buffer): unknown {
  try {
    const value: unknown = JSON.parse(raw.toString('utf8'))
    if (typeof value !== 'object' || value === null) return null
    const { request_id, id } = value as { readonly request_id?: unknown; readonly id?: unknown }
    return request_id ?? id ?? null
  } catch {
    // A line that is no JSON has no id.
    return null
  }
}
