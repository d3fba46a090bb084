import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import type { ProcessName } from '../support/meterline.ts'
import { eventually } from '../support/meterline.ts'
import { checkDailyZ, checkTierAlerts } from '../support/replay/alerts.ts'
import { checkRejected, checkUsage, checkViews, rowsArrive } from '../support/replay/checks.ts'
import { checkReconciliation } from '../support/replay/reconciliation.ts'
import { prepareReplay } from '../support/replay/run.ts'
import type { Replay } from '../support/replay/run.ts'
import { sendDeliveries, sendMalformed } from '../support/replay/send.ts'

const VICTIMS: readonly ProcessName[] = ['processor', 'sink', 'gateway', 'registry', 'kafka', 'clickhouse']
const SEND_PAUSE_MS = 1_500

// The same replay as in e2e; each process is killed with -9 while its share of the traffic is on the way.
describe('kill -9 of every process in the middle of the replay', () => {
  let replay: Replay
  const killed: number[] = []

  beforeAll(async () => {
    replay = await prepareReplay(2)
    const { meterline, plan, sender } = replay
    await sendDeliveries(sender, plan.history)
    await eventually(
      () => meterline.sql<{ rows: string }>('SELECT count() AS rows FROM usage'),
      ([row]) => row?.rows === String(plan.history.length),
    )
    const share = Math.ceil(plan.traffic.length / VICTIMS.length)
    for (const [index, victim] of VICTIMS.entries()) {
      const sending = sendDeliveries(sender, plan.traffic.slice(index * share, (index + 1) * share))
      // Some of the share is written, some is not: the kill falls in between.
      await sleep(300)
      killed.push(await meterline.killHard(victim))
      await sending
      await sleep(SEND_PAUSE_MS)
    }
    await sendMalformed(sender, plan.malformed)
    await rowsArrive(meterline, plan)
  })
  afterAll(() => replay?.stop())

  test('each victim was a process of its own', () => expect(new Set(killed).size).toBe(VICTIMS.length))

  test('changes no row and no credit', () => checkUsage(replay.meterline, replay))

  test('reconciles: accepted is metered, duplicate or rejected, and metered is rows', () =>
    checkReconciliation(replay.meterline, replay.plan.distinct.length))

  test('changes no view', () => checkViews(replay.meterline, replay))

  test('loses no rejected event', () => checkRejected(replay.meterline, replay.plan.malformed))

  test('raises no alert twice and none too few', () =>
    checkTierAlerts(replay.meterline, replay.expectedAlerts))

  test('changes no score', () =>
    checkDailyZ(replay.meterline, { team: 'nightly', timeZone: replay.timeZone }))
})
