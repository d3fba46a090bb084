import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { refreshViews } from '../support/refresh-views.ts'
import { checkDailyZ, checkTierAlerts } from '../support/replay/alerts.ts'
import { checkRejected, checkUsage, checkViews, rowsArrive } from '../support/replay/checks.ts'
import { checkReconciliation, checkRejectedReplay } from '../support/replay/reconciliation.ts'
import { prepareReplay, sendReplay } from '../support/replay/run.ts'
import type { Replay } from '../support/replay/run.ts'

// One recorded hour of production traffic, over HTTP and over Kafka, with 5 % duplicates, 1 % late by hours, 1 % malformed.
describe('a recorded hour of traffic', () => {
  let replay: Replay

  beforeAll(async () => {
    replay = await prepareReplay(1)
    await sendReplay(replay)
    await rowsArrive(replay.meterline, replay.plan)
  })
  afterAll(() => replay?.stop())

  test('is as large as the plan says', () => {
    const { plan } = replay
    expect(plan.distinct.length).toBeGreaterThan(19_000)
    expect(plan.traffic.length / plan.distinct.length).toBeGreaterThan(1.03)
    expect(plan.malformed.length).toBeGreaterThan(100)
  })

  test('stands in usage: every valid event once, credits exact to the micro-credit per team and day', () =>
    checkUsage(replay.meterline, replay))

  test('stands in the materialized and in the live views', async () => {
    await refreshViews(replay.meterline)
    await checkViews(replay.meterline, replay)
  })

  test('leaves every malformed event in rejected, with its reason', () =>
    checkRejected(replay.meterline, replay.plan.malformed))

  test('raises each tier alert once', () => checkTierAlerts(replay.meterline, replay.expectedAlerts))

  test('scores the day as the SQL of the definition does', () =>
    checkDailyZ(replay.meterline, { team: 'nightly', timeZone: replay.timeZone }))

  test('reconciles: accepted is metered, duplicate or rejected, and metered is rows', () =>
    checkReconciliation(replay.meterline, replay.plan.distinct.length))

  // Last, because it adds to what is counted.
  test('what an unknown key sent, or what broke a label policy, is replayed once that is mended, and counts once', () =>
    checkRejectedReplay(replay.meterline, replay.plan))
})
