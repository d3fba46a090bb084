import type { UsageEvent } from '@meterline/domain'

import { hash32 } from '../random/random.ts'
import type { Random } from '../random/random.ts'
import { drawEvent } from '../traffic/draw-event.ts'
import type { Workload } from '../traffic/workload.ts'

/** Micro-credits that an event will be rated with. */
export type CreditsOf = (event: UsageEvent) => number

export interface Span {
  readonly startMs: number
  readonly endMs: number
}

/**
 * Draws calls of one workload so that what they cost never passes what it is allowed to spend. A call that would pass it waits
 * for the next allowance; `settle` shrinks it to what is left, so that the end meets the plan to about a hundredth of a credit.
 */
export function createSpender(workload: Workload, random: Random, creditsOf: CreditsOf) {
  let allowedMicro = 0
  let drawn = 0
  let waiting: UsageEvent | undefined

  // Two kinds of work may share a key: an id has to tell them apart.
  const name = hash32(`${workload.keyId}/${workload.endpoint}`).toString(36)
  const drawIn = (span: Span): UsageEvent => {
    drawn += 1
    const timestampMs = drawTime(span, random)
    return drawEvent(workload, random, { requestId: `hist_${name}_${drawn}_${timestampMs}`, timestampMs })
  }
  const spend = (micro: number, span: Span): readonly UsageEvent[] => {
    allowedMicro += micro
    const events: UsageEvent[] = []
    for (;;) {
      const next: UsageEvent =
        waiting === undefined ? drawIn(span) : { ...waiting, timestamp: drawTime(span, random) }
      const costMicro = creditsOf(next)
      waiting = next
      if (costMicro > allowedMicro) return events
      waiting = undefined
      allowedMicro -= costMicro
      events.push(next)
    }
  }
  return {
    spend,
    settle: (span: Span): readonly UsageEvent[] => {
      const next = waiting ?? drawIn(span)
      waiting = undefined
      const event = shrink(
        { ...next, timestamp: drawTime(span, random) },
        allowedMicro / Math.max(1, creditsOf(next)),
      )
      const costMicro = creditsOf(event)
      const fits = costMicro > 0 && costMicro <= allowedMicro
      allowedMicro = 0
      return fits ? [event] : []
    },
  }
}

const drawTime = ({ startMs, endMs }: Span, random: Random): number =>
  startMs + random.below(Math.max(1, endMs - startMs))

function shrink(event: UsageEvent, share: number): UsageEvent {
  const units = Object.entries(event.units).map(
    ([meter, amount]) => [meter, Math.floor(amount * share)] as const,
  )
  return { ...event, units: Object.fromEntries(units) }
}
