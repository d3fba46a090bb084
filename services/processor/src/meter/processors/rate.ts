import { frame, meteredUsageCodec } from '@meterline/contract'
import type { Rejection } from '@meterline/domain'
import type { OutputMessage, ProcessorFactory } from '@meterline/topology'

import type { AttributedLane } from '../attribution/lane.ts'
import { correctUsage } from '../corrections/correct-usage.ts'
import type { MeterItem } from '../meter-item.ts'
import type { MeterOptions } from '../meter-options.ts'
import type { RateLine } from '../rating/rate-line.ts'
import { RatedUnits } from '../rating/rated-units.ts'
import { createRejections } from '../rejections.ts'
import { SpendCombiner } from '../spend/spend-combiner.ts'
import { deltaMessage } from '../spend/write-delta.ts'
import { Slab } from '../../wire/slab.ts'
import { meteredMessage } from '../write-metered.ts'

const NO_DATUM = Buffer.alloc(0)

/** A `long` is exact down to -2^52 only (`writeLong`); a batch of voids of the largest calls would go below. */
const MAX_TAKEN_BACK_MICRO = 4_000_000_000_000_000

/** Rates the event at its own time, writes the metered record, and adds up the batch's spend per scope and second. */
export function rate(options: MeterOptions): ProcessorFactory<MeterItem, OutputMessage> {
  const { counts, schemaIds, spendPartitions } = options
  const meteredFrame = frame(schemaIds.meteredUsage, NO_DATUM)
  const deltaFrame = frame(schemaIds.spendDelta, NO_DATUM)
  return ({ forward, emit }) => {
    const rated = new RatedUnits()
    const combiner = new SpendCombiner()
    const slab = new Slab()
    const metered = { slab, frame: meteredFrame }
    const restated = new RatedUnits()

    let takenBackMicro = 0
    const rejections = createRejections(options, emit)
    const reject = ({ record }: MeterItem, lane: AttributedLane, rejection: Rejection): void =>
      rejections.add(record, rejection, lane.apiKey.value)
    const writeDeltas = (): void => {
      takenBackMicro = 0
      const panes = combiner.take()
      for (const pane of panes) {
        emit('deltas', deltaMessage(pane, slab, deltaFrame), pane.of.partitionOf(spendPartitions))
      }
      counts.deltas += panes.length
    }
    const correct = (item: MeterItem, lane: AttributedLane, rateLine: RateLine): void => {
      const corrected = correctUsage(item, rateLine)
      if ('reason' in corrected) return reject(item, lane, corrected)
      for (const usage of corrected) {
        const value = frame(schemaIds.meteredUsage, meteredUsageCodec.encode(usage))
        item.metered = value
        forward({ key: usage.corrects, value, timestampMs: item.record.timestampMs })
        restated.restate(usage, rateLine)
        const backMicro = Math.max(0, -restated.creditsMicro)
        if (takenBackMicro + backMicro > MAX_TAKEN_BACK_MICRO) writeDeltas()
        takenBackMicro += backMicro
        combiner.add(item, lane, restated)
      }
      counts.metered += 1
      counts.corrections += 1
      if (restated.isUnrated) counts.unrated += 1
      if (lane.isUnattributed) counts.unattributed += 1
    }
    return {
      process(item) {
        const { lane, rateLine, scan } = item
        if (lane === undefined || rateLine === undefined) throw new TypeError('rate comes after attribute')
        if (scan.isCorrection) return correct(item, lane, rateLine)
        const rejection = rated.rate(item, rateLine)
        if (rejection !== undefined) return reject(item, lane, rejection)

        const message = meteredMessage(item, lane, rated, metered)
        item.metered = message.value
        forward(message)
        combiner.add(item, lane, rated)
        counts.metered += 1
        if (rated.isUnrated) counts.unrated += 1
        if (lane.isUnattributed) counts.unattributed += 1
      },
      endBatch() {
        writeDeltas()
        rejections.endBatch()
        rated.trim()
      },
    }
  }
}
