import { FRAME_BYTES, frame, usageEventCodec } from '@meterline/contract'

import { plannedEvent } from '../traffic/plan.ts'
import { USAGE_PARTITIONS } from '../traffic/steady-traffic.ts'
import type { Fault } from './fault.ts'

/** Bytes that no decoder likes, in every partition. Each goes to `usage.rejected` alone; what is beside it is counted. */
export const poisonRecords: Fault = {
  name: 'poison-records',
  what: 'unreadable bytes in every partition',
  recoversWithinMs: 30_000,
  isQuick: true,
  async strike({ world, traffic, next }) {
    const schemaId = world.schemaId('usage.events-value')
    const datum = usageEventCodec.encode(plannedEvent(1, 0, Date.now()).event)
    const noise = Buffer.from(Array.from({ length: 300 }, () => Math.floor(next() * 256)))
    const framed = frame(schemaId, datum)
    const poison: readonly (readonly [string, Buffer])[] = [
      ['nothing', Buffer.alloc(0)],
      ['frame-alone', framed.subarray(0, FRAME_BYTES)],
      ['cut', framed.subarray(0, framed.length - 7)],
      ['too-long', Buffer.concat([framed, Buffer.from('more')])],
      ['other-framing', Buffer.concat([Buffer.from([1]), framed.subarray(1)])],
      ['noise', frame(schemaId, noise)],
      // A string that says it is 2^62 bytes long.
      ['endless', frame(schemaId, Buffer.from('feffffffffffffffff01', 'hex'))],
      ['json', Buffer.from('{"request_id":"not avro"}')],
    ]
    const records = Array.from({ length: USAGE_PARTITIONS }, (_, partition) =>
      poison.map(([name, value]) => ({
        key: `poison-${name}-${partition}`,
        partition,
        value,
        reason: 'undecodable',
      })),
    ).flat()
    await traffic.sendMalformed(records)
    return { kind: 'struck', note: `${records.length} records` }
  },
}
