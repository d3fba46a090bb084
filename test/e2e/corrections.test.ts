import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import {
  checkLatencies,
  checkReconciles,
  checkSql,
  checkStates,
  rejectedByReason,
  rowsArrive,
} from '../support/corrections/checks.ts'
import { standingOf } from '../support/corrections/oracle.ts'
import { planCorrections } from '../support/corrections/plan.ts'
import type { Sending } from '../support/corrections/plan.ts'
import { post, sendInOrder } from '../support/corrections/send.ts'
import { eventually, startMeterline } from '../support/meterline.ts'
import type { Meterline } from '../support/meterline.ts'
import { jsonBody } from '../support/replay/malformed.ts'
import { replayOrganization } from '../support/replay/organization.ts'

const BUDGETS = [
  { billingGroup: 'payments', monthlyCredits: 1_000 },
  { billingGroup: 'support', monthlyCredits: 1_000 },
]

// Late, corrected and void usage in two zones that change their clocks, east and west of UTC: told in order.
describe.each(['Europe/Berlin', 'America/New_York'])(
  'usage that comes late or is corrected, in %s',
  (timeZone) => {
    const plan = planCorrections(Date.now(), timeZone)
    const { originals, corrections, misplaced, refused } = plan
    let meterline: Meterline

    beforeAll(async () => {
      meterline = await startMeterline()
      await meterline.apply(replayOrganization({ timeZone, budgets: BUDGETS }))
    })
    afterAll(() => meterline?.stop())

    const checkHolds = async (sent: readonly Sending[]): Promise<void> => {
      const standing = standingOf(sent)
      const ids = new Map(sent.map(({ event }) => [event.request_id, event.corrects === null ? 1 : 2]))
      await rowsArrive(
        meterline,
        [...ids.values()].reduce((sum, rows) => sum + rows, 0),
      )
      await checkStates(meterline, timeZone)
      await checkSql(meterline, standing, timeZone)
      await checkLatencies(meterline, standing)
      await checkReconciles(meterline)
    }

    test('counts where it belongs, by the hour, the day and the month of the zone; the stream and SQL agree', async () => {
      await sendInOrder(meterline, originals)
      await checkHolds(originals)
    })

    test('counts as the last correction says, also when meter was killed before it came', async () => {
      await meterline.killHard('processor')
      await sendInOrder(meterline, corrections)
      await checkHolds([...originals, ...corrections])
    })

    test('is refused with the reason when it corrects nothing, comes from the future, or to the wrong partition', async () => {
      await expect(post(meterline, originals[0]!.event.api_key_id, inSevenMinutes())).rejects.toThrow(
        /timestamp_in_future/,
      )
      await sendInOrder(meterline, [...Object.values(refused).flat(), ...misplaced])
      const reasons = Object.entries(refused).map(([reason, sent]) => [reason, String(sent.length)] as const)
      const expected: Record<string, string> = {
        ...Object.fromEntries(reasons),
        correction_wrong_partition: String(misplaced.length),
        // The gateway refused one as well.
        timestamp_in_future: '2',
      }
      await eventually(
        () => rejectedByReason(meterline),
        (found) => Object.entries(expected).every(([reason, count]) => found[reason] === count),
      )
      expect(await rejectedByReason(meterline)).toEqual(expected)
      await checkReconciles(meterline)
    })

    test('counts when it is replayed to the partition of its original', async () => {
      const replayed = await meterline.cli(
        'rejected',
        'replay',
        '--reason',
        'correction_wrong_partition',
        '--yes',
        '--json',
      )
      expect(JSON.parse(replayed)).toMatchObject({ records: misplaced.length })
      await checkHolds([...originals, ...corrections, ...misplaced])
    })

    function inSevenMinutes() {
      const { event } = originals[0]!
      return { ...jsonBody(event), request_id: 'ahead', timestamp: Date.now() + 7 * 60_000 }
    }
  },
)
