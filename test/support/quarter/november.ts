import { expect, test } from 'vitest'

import {
  PAYMENTS,
  SUPPORT,
  RESEARCH,
} from '../../../services/processor/src/burn/quarter/quarter-facts.test-data.ts'
import { OCTOBER, NOVEMBER, PAY, RISK, HELPDESK, LAB, TOOLS } from './dates-and-keys.ts'
import { limitsNow } from './quarter.ts'
import type { Quarter } from './quarter.ts'

/** A hard cap blocks and is lifted, a reserve is drawn. Told in order, as tests. */
export function november(of: () => Quarter): void {
  test('November: the rest is carried by each rule, and late spend is taken off', async () => {
    const quarter = of()
    quarter.setDate(`${NOVEMBER}-01T00:01:00Z`)
    await quarter.monthBegins(NOVEMBER)
    await quarter.isLimited(PAYMENTS, 500_000)
    await quarter.spend(PAY, 498_700, { at: `${NOVEMBER}-01T00:00:00Z` })
    await quarter.spend(PAY, 1_234.567891, { at: `${OCTOBER}-31T23:59:59Z` })
    await quarter.isSpent(PAYMENTS, 498_700)
    await quarter.isLimited(PAYMENTS, 500_000 - 1_234.567891)
    expect(await limitsNow(quarter)).toEqual([498_765.432109, 270_000, 170_000])
  })

  test('a hard cap blocks until a top-up that two people approve lifts it', async () => {
    const quarter = of()
    const { office, turnstile } = quarter
    quarter.setDate(`${NOVEMBER}-05T12:00:00Z`)
    expect((await office.balance(PAYMENTS)).isCapReached).toBe(false)
    expect(await office.incidents(NOVEMBER)).toEqual([])
    await quarter.spend(PAY, 100)
    const [incident] = await quarter.incidentsBecome(NOVEMBER, ['open'])
    if (incident === undefined) throw new Error('there is one')
    expect((await office.balance(PAYMENTS)).isCapReached).toBe(true)
    await turnstile.becomes(`hard_cap by ${PAYMENTS}`, PAY, 1)
    await turnstile.becomes(`hard_cap by ${PAYMENTS}`, RISK, 1)
    await turnstile.becomes('allow', HELPDESK, 1)

    const topUp = {
      id: 'top-up-1',
      kind: 'top_up',
      subject: `allocation:${PAYMENTS}`,
      credits: 60_000,
      incident: incident.id,
      description: 'checkout',
    }
    expect(await office.refusal('pm', '/v1/requests', topUp)).toBe('409 wrong_state')
    await office.post('eng', `/v1/incidents/${incident.id}/criticality`, { text: 'checkout is down' })
    await office.post('pm', '/v1/requests', topUp)
    await quarter.incidentsBecome(NOVEMBER, ['awaiting_approval'])
    const answer = '/v1/requests/top-up-1/approve'
    expect(await office.refusal('pm', answer, {})).toBe('403 separation_of_duties')
    // What somebody may not see is not there for them.
    expect(await office.refusal('lead', answer, {})).toBe('404 not_found')
    await quarter.approve('fin', 'top-up-1')
    expect(await office.refusal('fin', answer, {})).toBe('403 separation_of_duties')
    await turnstile.becomes(`hard_cap by ${PAYMENTS}`, PAY, 1)
    await quarter.approve('eng', 'top-up-1')
    await quarter.isLimited(PAYMENTS, 560_000 - 1_234.567891)

    const requestId = await turnstile.pass(PAY, 21_200)
    await quarter.spend(PAY, 21_200, { requestId })
    await quarter.isSpent(PAYMENTS, 520_000)
    await quarter.incidentsBecome(NOVEMBER, ['resolved'])
    await office.post('eng', `/v1/incidents/${incident.id}/post-mortem`, {
      text: 'a retry loop; now bounded',
    })
    const [reviewed] = await quarter.incidentsBecome(NOVEMBER, ['reviewed'])
    expect(reviewed).toMatchObject({ allocation: PAYMENTS, request: 'top-up-1' })
    expect(reviewed?.timeline.map(({ by }) => by)).toEqual([
      'system:schedule',
      'user:eng',
      'user:pm',
      'user:fin',
      'user:eng',
      'user:eng',
    ])
  })

  test('a reserve gives no more than it holds, and what finance says', async () => {
    const quarter = of()
    const { office } = quarter
    quarter.setDate(`${NOVEMBER}-10T12:00:00Z`)
    const subject = `allocation:${RESEARCH}`
    await quarter.ask('pm', { id: 'reserve-1', kind: 'reserve_draw', subject, credits: 100_001 })
    expect(await office.refusal('fin', '/v1/requests/reserve-1/approve', {})).toBe('422 reserve_short')
    await office.post('fin', '/v1/requests/reserve-1/decline', { reason: 'too much' })
    await quarter.ask('pm', { id: 'reserve-2', kind: 'reserve_draw', subject, credits: 40_000 })
    expect(await office.refusal('eng', '/v1/requests/reserve-2/approve', {})).toBe('403 not_an_approver')
    await quarter.approve('fin', 'reserve-2')
    await quarter.isLimited(RESEARCH, 210_000)

    quarter.setDate(`${NOVEMBER}-28T12:00:00Z`)
    await quarter.spend(HELPDESK, 248_000)
    await quarter.spend(HELPDESK, 2_000, { requestId: 'refunded', at: `${NOVEMBER}-28T12:00:00Z` })
    await quarter.spend(LAB, 25_000)
    await quarter.spend(TOOLS, 35_000)
    await quarter.isSpent(SUPPORT, 250_000)
    await quarter.isSpent(RESEARCH, 60_000)
    await quarter.remember(NOVEMBER)
  })
}
