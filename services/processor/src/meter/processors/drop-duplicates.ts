import { FRAME_BYTES } from '@meterline/contract'
import type { LogRecord, ProcessorFactory } from '@meterline/topology'

import { hash128 } from '../dedup/hash128.ts'
import { SeenRequests } from '../dedup/seen-requests.ts'
import { countRejected } from '../meter-counts.ts'
import { createMeterItem, type MeterItem } from '../meter-item.ts'
import type { MeterOptions } from '../meter-options.ts'
import { rejectedMessage } from '../rejected-message.ts'
import { RunningTally } from '../tally/running-tally.ts'
import { readEvent } from '../wire/read-event.ts'
import { UsageScan } from '../wire/usage-scan.ts'

const NO_SEEDS = new Int32Array(4)

/**
 * Reads the event and lets the first of each (`api_key_id`, `request_id`) pass. A request is remembered once it is metered:
 * one that was rejected may be sent again when the cause is mended, and what is restored from `usage.metered` is the same set.
 */
export function dropDuplicates(options: MeterOptions): ProcessorFactory<LogRecord, MeterItem> {
  const { schemas, counts, hashSeeds = NO_SEEDS } = options
  return ({ forward, emit }) => {
    const seen = new SeenRequests({ windowMs: options.dedupWindowMs })
    const item = createMeterItem()
    const restored = new UsageScan()
    const hash = new Int32Array(4)
    const tally = new RunningTally()
    let forgotten = 0

    return {
      note: () => tally.encode(),
      restoreNote: (note) => tally.restore(note),
      restore(topic, record) {
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
          countRejected(counts, rejection.reason)
          emit('rejected', rejectedMessage(record, rejection))
          return
        }
        requestHash(item.scan, hashSeeds, hash)
        if (seen.has(hash)) {
          here.duplicates += 1
          counts.duplicates += 1
          return
        }
        item.record = record
        item.isMetered = false
        forward(item)
        if (item.isMetered) {
          here.metered += 1
          seen.add(hash, record.timestampMs)
        } else here.rejected += 1
      },
      endBatch() {
        counts.forgottenRequests += seen.forgottenEarly - forgotten
        forgotten = seen.forgottenEarly
      },
    }
  }
}

function requestHash(scan: UsageScan, seeds: Int32Array, hash: Int32Array): void {
  hash[0] = seeds[0]!
  hash[1] = seeds[1]!
  hash[2] = seeds[2]!
  hash[3] = seeds[3]!
  hash128(scan.bytes, scan.requestIdStart, scan.requestIdEnd, hash)
  hash128(scan.bytes, scan.keyStart, scan.keyEnd, hash)
}
