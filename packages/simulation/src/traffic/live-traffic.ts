import type { UsageEvent } from '@meterline/domain'

import { createRandom, hash32 } from '../random/random.ts'
import { drawEvent } from './draw-event.ts'
import { rhythmAt } from './rhythm.ts'
import type { Workload } from './workload.ts'

const SECOND_MS = 1_000
const MINUTE_MS = 60_000
/** Even at night somebody works: a demo that starts at three o'clock still moves. */
const QUIETEST = 0.55
/** One workload in so many minutes runs away for a minute. */
const SPIKE_EVERY_MINUTES = 12
const SPIKE_FACTOR = 6

export interface TrafficOptions {
  readonly seed: string
  readonly workloads: readonly Workload[]
  /** Multiplies every workload's calls per second; 1 when left out. */
  readonly speed?: number
}

/** Live traffic: what happens in a second depends on the seed and that second alone, however the time is cut. */
export interface Traffic {
  /** Events with `fromMs <= timestamp < toMs`, by time. Both are rounded down to the second. */
  between(fromMs: number, toMs: number): readonly UsageEvent[]
}

export function createTraffic({ seed, workloads, speed = 1 }: TrafficOptions): Traffic {
  const eventsOfSecond = (startMs: number): readonly UsageEvent[] =>
    workloads
      .flatMap((workload, index) => {
        const name = `${seed}/${index}/${startMs}`
        const random = createRandom(name)
        const busy = Math.max(QUIETEST, rhythmAt(startMs)) * spikeAt(seed, startMs, index, workloads.length)
        const count = random.poisson(workload.callsPerSecond * busy * speed)
        return Array.from({ length: count }, (_, n) =>
          drawEvent(workload, random, {
            requestId: `req_${startMs.toString(36)}_${hash32(`${name}/${n}`).toString(36)}_${index}${n}`,
            timestampMs: startMs + random.below(SECOND_MS),
          }),
        )
      })
      .sort((a, b) => a.timestamp - b.timestamp)
  return {
    between: (fromMs, toMs) => {
      const events: UsageEvent[] = []
      const endMs = toMs - (toMs % SECOND_MS)
      for (let at = fromMs - (fromMs % SECOND_MS); at < endMs; at += SECOND_MS)
        events.push(...eventsOfSecond(at))
      return events
    },
  }
}

function spikeAt(seed: string, timeMs: number, workload: number, workloads: number): number {
  const minute = Math.floor(timeMs / MINUTE_MS)
  const drawn = hash32(`${seed}/spike/${minute}`)
  if (drawn % SPIKE_EVERY_MINUTES !== 0) return 1
  return Math.floor(drawn / SPIKE_EVERY_MINUTES) % workloads === workload ? SPIKE_FACTOR : 1
}
