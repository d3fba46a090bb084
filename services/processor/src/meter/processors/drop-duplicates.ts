import { FRAME_BYTES, TOPICS } from '@meterline/contract'
import type { LogRecord, ProcessorFactory } from '@meterline/topology'

import { StandingRequests } from '../corrections/standing-requests.ts'
import { hash128 } from '../dedup/hash128.ts'
import { SeenRequests } from '../dedup/seen-requests.ts'
import { createMeterItem, type MeterItem } from '../meter-item.ts'
import type { MeterOptions } from '../meter-options.ts'
import { createRejections } from '../rejections.ts'
import { RunningTally } from '../tally/running-tally.ts'
import { readEvent } from '../wire/read-event.ts'
import { UsageScan } from '../wire/usage-scan.ts'

const NO_SEEDS = new Int32Array(4)

/**
 * Reads the event and lets the first of each (`api_key_id`, `request_id`) pass. A request is remembered once it is metered:
 * one that was rejected may be sent again when the cause is mended, and what is restored from `usage.metered` is the same set.
 * A correction passes together with what stands for the request that it names.
 */
export function dropDuplicates(options: MeterOptions): ProcessorFactory<LogRecord, MeterItem> {
  const { schemas, counts, hashSeeds = NO_SEEDS } = options
  return ({ partition, forward, emit }) => {
    const seen = new SeenRequests({ windowMs: options.dedupWindowMs })
    const item = createMeterItem()
    const restored = new UsageScan()
    const hash = new Int32Array(4)
    const named = new Int32Array(4)
    const requests = new StandingRequests({
      ...options,
      partition,
      meteredFromMs(scan, start, end) {
        hashOf(scan, { start, end }, hashSeeds, named)
        return seen.meteredFromMs(named)
      },
    })
    const tally = new RunningTally()
    let forgotten = 0

    const rejections = createRejections(options, emit)
    return {
      note: () => tally.encode(),
      restoreNote: (note) => tally.restore(note),
      prepare: (records) => requests.prepare(records),
      restore(topic, record) {
        if (topic === TOPICS.meterChangelog.name) return requests.restore(record)
        const { value } = record
        if (value === null || !restored.scanIdentity(value, FRAME_BYTES)) {
          throw new TypeError(`${topic} ${record.partition}/${record.offset} is no metered usage`)
        }
        requestHash(restored, hashSeeds, hash)
        seen.add(hash, record.timestampMs)
      },
      process(record) {
        const here = tally.accept(record)
        const rejection = readEvent(record, item.scan, schemas)
        if (rejection !== undefined) {
          here.rejected += 1
          return rejections.add(record, rejection)
        }
        requestHash(item.scan, hashSeeds, hash)
        if (seen.has(hash)) {
          here.duplicates += 1
          counts.duplicates += 1
          return
        }
        item.record = record
        item.metered = undefined
        item.standing = undefined
        if (item.scan.isCorrection) {
          const standing = requests.of(item.scan, record)
          if ('reason' in standing) {
            here.rejected += 1
            return rejections.add(
              record,
              standing,
              item.scan.bytes.toString('utf8', item.scan.keyStart, item.scan.keyEnd),
            )
          }
          item.standing = standing
        }
        forward(item)
        if (item.metered === undefined) {
          here.rejected += 1
          return
        }
        here.metered += 1
        seen.add(hash, record.timestampMs)
        if (!requests.areWanted) return
        const change = requests.metered(item)
        if (change === undefined) return
        here.corrections += 1
        emit('changelog', change)
      },
      endBatch() {
        rejections.endBatch()
        requests.forgetBatch()
        counts.forgottenRequests += seen.forgottenEarly - forgotten
        forgotten = seen.forgottenEarly
      },
    }
  }
}

function requestHash(scan: UsageScan, seeds: Int32Array, hash: Int32Array): void {
  hashOf(scan, { start: scan.requestIdStart, end: scan.requestIdEnd }, seeds, hash)
}

/** Of the request of the event's key whose `request_id` lies between start and end. */
function hashOf(
  scan: UsageScan,
  id: { readonly start: number; readonly end: number },
  seeds: Int32Array,
  hash: Int32Array,
): void {
  hash[0] = seeds[0]!
  hash[1] = seeds[1]!
  hash[2] = seeds[2]!
  hash[3] = seeds[3]!
  hash128(scan.bytes, id.start, id.end, hash)
  hash128(scan.bytes, scan.keyStart, scan.keyEnd, hash)
}
