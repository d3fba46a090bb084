import type { UsageEvent } from '@meterline/domain'

import { createTraffic } from './traffic.ts'

const ID_PLACE = '00000000'
const TIME_PLACE = 1_000_000_000_000

/** A request body built once and sent many times; only what must differ is written into its bytes. */
export interface HttpBody {
  readonly bytes: Buffer
  /** Gives every event an id of this run's own and this time. The two that are equal stay equal. */
  stamp(run: number, timestampMs: number): void
  /** The same body where it stands in other bytes, such as those of a whole request. */
  within(bytes: Buffer, at: number): HttpBody
}

/** Bodies of `events` events each, all of one key: an array, or one object when `events` is 1. */
export function createHttpBodies(options: {
  readonly count: number
  readonly events: number
  readonly keyIndex: number
  readonly seed: string
}): HttpBody[] {
  const next = createTraffic({
    seed: `${ID_PLACE}_${options.seed}`,
    startMs: TIME_PLACE,
    keyIndex: options.keyIndex,
  })
  return Array.from({ length: options.count }, () =>
    stampable(Array.from({ length: options.events }, () => withoutTime(next()))),
  )
}

/** `createTraffic` lets time pass; the place for the time has to have the same text in every event. */
function withoutTime(event: UsageEvent): UsageEvent {
  return { ...event, timestamp: TIME_PLACE }
}

function stampable(events: readonly UsageEvent[]): HttpBody {
  const bytes = Buffer.from(JSON.stringify(events.length === 1 ? events[0] : events, dropNulls))
  const ids = placesOf(bytes, `req_${ID_PLACE}`, 'req_'.length)
  const times = placesOf(bytes, String(TIME_PLACE), 0)
  if (ids.length !== events.length || times.length !== events.length)
    throw new Error('a body cannot be stamped')
  return stampedIn(bytes, { ids, times })
}

function stampedIn(
  bytes: Buffer,
  { ids, times }: { readonly ids: readonly number[]; readonly times: readonly number[] },
): HttpBody {
  return {
    bytes,
    within: (others, at) =>
      stampedIn(others, { ids: ids.map((place) => at + place), times: times.map((place) => at + place) }),
    stamp: (run, timestampMs) => {
      const id = Buffer.from(run.toString(36).padStart(ID_PLACE.length, '0'), 'latin1')
      const time = Buffer.from(String(timestampMs), 'latin1')
      for (const at of ids) id.copy(bytes, at)
      for (const at of times) time.copy(bytes, at)
    },
  }
}

function placesOf(bytes: Buffer, text: string, skip: number): number[] {
  const places: number[] = []
  for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + 1)) places.push(at + skip)
  return places
}

function dropNulls(_key: string, value: unknown): unknown {
  return value === null ? undefined : value
}
