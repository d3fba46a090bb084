import type { DeliveryState } from '@meterline/contract'

import { DELIVERY_BOUNDS } from './delivery-bounds.ts'

export interface EngineLoad {
  readonly nowMs: number
  /** Ids under way. */
  readonly running: ReadonlyMap<string, DeliveryState>
  /** Channel to the time until which nothing is sent to it. */
  readonly pausedUntilMs: ReadonlyMap<string, number>
}

export interface Picked {
  readonly due: readonly DeliveryState[]
  /** When the next one is due; `undefined` when only the end of an attempt can bring one. */
  readonly nextMs: number | undefined
}

/**
 * What is sent now. Of one group only the oldest delivery to a channel is looked at: a resolution never overtakes the alert it
 * resolves, however often that one has to be tried.
 */
export function pickDue(pending: Iterable<DeliveryState>, load: EngineLoad): Picked {
  const { nowMs, running, pausedUntilMs } = load
  const perChannel = new Map<string, number>()
  for (const { channel } of running.values()) perChannel.set(channel, (perChannel.get(channel) ?? 0) + 1)
  const groups = new Set<string>()
  const due: DeliveryState[] = []
  let nextMs: number | undefined
  for (const record of pending) {
    const group = JSON.stringify([record.channel, record.group])
    if (groups.has(group)) continue
    groups.add(group)
    if (running.has(record.id)) continue
    const readyMs = Math.max(record.next_at_ms, pausedUntilMs.get(record.channel) ?? 0)
    if (readyMs > nowMs) {
      nextMs = Math.min(nextMs ?? readyMs, readyMs)
      continue
    }
    const underWay = perChannel.get(record.channel) ?? 0
    if (underWay >= DELIVERY_BOUNDS.maxAttemptsPerChannel) continue
    if (running.size + due.length >= DELIVERY_BOUNDS.maxAttempts) break
    perChannel.set(record.channel, underWay + 1)
    due.push(record)
  }
  return { due, nextMs }
}
