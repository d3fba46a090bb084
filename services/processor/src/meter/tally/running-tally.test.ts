import { decodeMeterTally, encodeMeterTally, MAX_TALLY_HOURS } from '@meterline/contract'
import { MAX_NOTE_BYTES } from '@meterline/topology'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { RECEIVED_MS, input, meterDriver, preparedSchemas } from '../meter.test-data.ts'
import { RunningTally } from './running-tally.ts'

const HOUR_MS = 3_600_000
const hourOf = (ms: number): number => Math.floor(ms / HOUR_MS)

test('the newest hours are exact, and what is older adds up in earlier', () => {
  const hours = fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 300 })
  const restarts = fc.infiniteStream(fc.boolean())
  fc.assert(
    fc.property(hours, restarts, (arrivals, restartAt) => {
      let tally = new RunningTally()
      for (const [offset, hour] of arrivals.entries()) {
        tally.accept({ timestampMs: hour * HOUR_MS + offset, offset: 7 + offset }).metered += 1
        if (!restartAt.next().value) continue
        const restored = new RunningTally()
        restored.restore(tally.encode())
        tally = restored
      }
      const told = decodeMeterTally(tally.encode() ?? '')
      const kept = [...new Set(arrivals)].sort((a, b) => b - a).slice(0, MAX_TALLY_HOURS)
      const count = (isIn: (hour: number) => boolean) => {
        const n = arrivals.filter(isIn).length
        return { accepted: n, metered: n, duplicates: 0, rejected: 0, corrections: 0 }
      }
      const earlier = count((hour) => !kept.includes(hour))
      expect(told?.fromOffset).toBe(7)
      expect(told?.hours).toEqual(new Map(kept.map((hour) => [hour, count((other) => other === hour)])))
      expect(told?.earlier).toEqual(earlier.accepted === 0 ? undefined : earlier)
    }),
  )
})

test('without a record there is none: nobody knows yet where counting begins', () => {
  expect(new RunningTally().encode()).toBeUndefined()
})

test('what is read again before the beginning counts nowhere, wherever it was restored', () => {
  let tally = new RunningTally()
  tally.restore(encodeMeterTally({ fromOffset: 239, hours: new Map(), earlier: undefined }))
  for (const offset of [204, 238]) tally.accept({ timestampMs: HOUR_MS, offset }).duplicates += 1
  const restored = new RunningTally()
  restored.restore(tally.encode())
  tally = restored
  for (const offset of [210, 239, 240]) tally.accept({ timestampMs: HOUR_MS, offset }).metered += 1
  const counts = { accepted: 2, metered: 2, duplicates: 0, rejected: 0, corrections: 0 }
  expect(decodeMeterTally(tally.encode() ?? '')).toEqual({
    fromOffset: 239,
    hours: new Map([[1, counts]]),
    earlier: undefined,
  })
})

test('the largest tally fits beside a position', () => {
  const tally = new RunningTally()
  for (let hour = 0; hour <= MAX_TALLY_HOURS; hour++) {
    const counts = tally.accept({
      timestampMs: Number.MAX_SAFE_INTEGER - hour * HOUR_MS,
      offset: Number.MAX_SAFE_INTEGER,
    })
    const most = Number.MAX_SAFE_INTEGER
    Object.assign(counts, {
      accepted: most,
      metered: most,
      duplicates: most,
      rejected: most,
      corrections: most,
    })
  }
  expect(Buffer.byteLength(tally.encode() ?? '')).toBeLessThan(MAX_NOTE_BYTES)
})

test('any cut into batches and a crash at any point give the same tally, and it is what was written', async () => {
  const schemas = await preparedSchemas()
  const inputs = [
    ...Array.from({ length: 6 }, (_, i) => input({ request_id: `r${i}` })),
    input({ request_id: 'r1' }),
    input({ request_id: 'r4' }),
    { ...input({ request_id: 'nobody', api_key_id: 'key_of_nobody' }) },
    { key: 'gone', value: null, timestampMs: RECEIVED_MS },
  ]
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -4, max: 4 }), { maxLength: 10 }), (sizes) => {
      const { driver } = meterDriver(schemas)
      driver.append(inputs)
      driver.drain(sizes)
      const counts = { accepted: 10, metered: 6, duplicates: 2, rejected: 2, corrections: 0 }
      expect(decodeMeterTally(driver.note ?? '')?.hours).toEqual(new Map([[hourOf(RECEIVED_MS), counts]]))
      expect(driver.read('usage.metered')).toHaveLength(counts.metered)
      expect(driver.read('usage.rejected')).toHaveLength(counts.rejected)
    }),
    { numRuns: 30 },
  )
})
