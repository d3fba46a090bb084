import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { DEFAULT_SILENCE_POLICY, SilenceWatch } from './silence-watch.ts'

const CREDIT = 1_000_000
const PANE_MS = 300_000
const PANES_PER_HOUR = 12
/** An hour that held ten credits a pane in four weeks, give or take two. */
const BUSY = { level: 10 * CREDIT, deviation: 2 * CREDIT, samples: 4 * PANES_PER_HOUR }
const EMPTY = { level: 0, deviation: 0, samples: 4 * PANES_PER_HOUR }

/** Panes on which an alert begins, for hours by hours of `busy`: `x` spends, `.` does not. */
function began(panes: string, hour: (pane: number) => typeof BUSY = () => BUSY): number[] {
  const watch = new SilenceWatch()
  let wasSilent = false
  return panes.split('').flatMap((pane, at) => {
    const observed = { startMs: at * PANE_MS, isActive: pane === 'x', panesPerHour: PANES_PER_HOUR }
    const { silent } = watch.observe(observed, hour(at), DEFAULT_SILENCE_POLICY)
    const begins = silent && !wasSilent
    wasSilent = silent
    return begins ? [at] : []
  })
}

describe('the silence of a team', () => {
  test('is seen after an hour in hours that are always busy, once', () => {
    expect(began(`xxx${'.'.repeat(300)}`)).toEqual([14])
  })

  test('is none in hours that are empty in other weeks too, however long', () => {
    expect(began(`xxx${'.'.repeat(3_000)}`, () => EMPTY)).toEqual([])
  })

  test('is none in hours that were seen in less than three weeks', () => {
    expect(began(`xxx${'.'.repeat(300)}`, () => ({ ...BUSY, samples: 2 * PANES_PER_HOUR }))).toEqual([])
  })

  test('takes longer where empty panes are nothing unusual', () => {
    const sparse = () => ({ ...BUSY, deviation: 12 * CREDIT })
    expect(began(`xxx${'.'.repeat(300)}`, sparse)).toEqual([30])
  })

  test('is seen again only when it is twice as dear as the dearest of the last weeks, which fades', () => {
    const [first, ...later] = began(`x${'.'.repeat(20)}x${'.'.repeat(39)}x${'.'.repeat(85)}`)
    expect([first, later]).toEqual([12, [139]])
  })

  test('ends by itself when the team has stopped for two weeks', () => {
    const watch = new SilenceWatch()
    const standings = Array.from({ length: 15 * 288 }, (_, at) =>
      watch.observe(
        { startMs: at * PANE_MS, isActive: false, panesPerHour: PANES_PER_HOUR },
        BUSY,
        DEFAULT_SILENCE_POLICY,
      ),
    )
    expect([standings[300]?.silent, standings.at(-1)?.silent]).toEqual([true, false])
  })
})

test('goes on exactly from a snapshot, wherever it is taken', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 200 }), fc.nat(200), (panes, cut) => {
      let watch = new SilenceWatch()
      const whole = new SilenceWatch()
      for (const [at, isActive] of panes.entries()) {
        if (at === cut) watch = new SilenceWatch(JSON.parse(JSON.stringify(watch.snapshot())) as number[])
        const pane = { startMs: at * PANE_MS, isActive, panesPerHour: PANES_PER_HOUR }
        expect(watch.observe(pane, BUSY, DEFAULT_SILENCE_POLICY)).toEqual(
          whole.observe(pane, BUSY, DEFAULT_SILENCE_POLICY),
        )
      }
    }),
  )
})
