import { expect, test } from 'vitest'

import {
  PAYMENTS,
  SUPPORT,
  RESEARCH,
} from '../../../services/processor/src/burn/quarter/quarter-facts.test-data.ts'
import { OCTOBER, NOVEMBER, PAY, RISK, HELPDESK, SELF_SERVICE, LAB } from './dates-and-keys.ts'
import { limitsNow } from './quarter.ts'
import type { Quarter } from './quarter.ts'

/** Grants fund the month; a boost of a person and one of an allocation end. Told in order, as tests. */
export function october(of: () => Quarter): void {
  test('October begins: two grants fund what the rules give', async () => {
    const quarter = of()
    const { office } = quarter
    await office.hire('fin', { role: 'finance', scope: 'org:*' })
    await office.hire('pm', { role: 'finance', scope: 'org:*' })
    await office.hire('eng', { role: 'engineering_approver', scope: 'org:*' })
    await office.hire('lead', { role: 'team_lead', scope: 'team:payments' })
    await office.hire('ada', { role: 'viewer', scope: 'team:payments' })
    await office.admin('PUT', '/v1/pools/central', { name: 'Central', owner: 'Finance' })
    await office.post('fin', '/v1/pools/central/grants', { id: 'purchase', credits: 4_000_000, priority: 1 })
    await office.post('fin', '/v1/pools/central/grants', {
      id: 'promotion',
      kind: 'promotion',
      credits: 80_000,
      priority: 9,
      expires_at: `${NOVEMBER}-20`,
    })
    await quarter.isFunded(OCTOBER, [450_000, 270_000, 100_000])
    await quarter.spend(PAY, 379_000)
    await quarter.spend(HELPDESK, 40_000)
    await quarter.spend(LAB, 30_000)
    await quarter.isSpent(PAYMENTS, 379_000)
    await quarter.isSpent(SUPPORT, 40_000)
    await quarter.isSpent(RESEARCH, 30_000)
    expect(await limitsNow(quarter)).toEqual([450_000, 270_000, 100_000])
  })

  test("a person's boost is another's to give, holds at the gateway, and ends by itself", async () => {
    const quarter = of()
    const { office, turnstile } = quarter
    await office.admin('PUT', '/v1/limits/workspace-user-month', {
      level: 'workspace',
      scope: 'org:org-1234',
      per: 'user',
      hard_cap_credits: 2_000,
    })
    await turnstile.becomes('hard_cap by workspace-user-month', PAY, 2_200, 'ada')
    await quarter.ask('ada', { id: 'ada-1', kind: 'boost', subject: 'user:ada', credits: 500 })
    const until = `${OCTOBER}-15`
    expect(await office.refusal('ada', '/v1/requests/ada-1/approve', { ends_at: until })).toBe(
      '403 forbidden',
    )
    expect(await office.refusal('lead', '/v1/requests/ada-1/approve', {})).toBe('422 invalid')
    await quarter.approve('lead', 'ada-1', until)
    await turnstile.becomes('allow', PAY, 2_200, 'ada')

    quarter.setDate(`${OCTOBER}-10T12:00:00Z`)
    await quarter.ask('pm', {
      id: 'boost-1',
      kind: 'boost',
      subject: `allocation:${SUPPORT}`,
      credits: 20_000,
    })
    const ends = `${OCTOBER}-20T12:00:00Z`
    await quarter.approve('fin', 'boost-1', ends)
    await quarter.approve('eng', 'boost-1', ends)
    await quarter.isLimited(SUPPORT, 290_000)

    quarter.setDate(`${OCTOBER}-15T00:00:00Z`)
    await quarter.requestBecomes('ada-1', 'ended')
    await turnstile.becomes('hard_cap by workspace-user-month', PAY, 2_200, 'ada')
    await quarter.isLimited(SUPPORT, 290_000)
  })

  test('a boost of an allocation that nobody needed goes back when it ends', async () => {
    const quarter = of()
    quarter.setDate(`${OCTOBER}-20T12:00:00Z`)
    await quarter.requestBecomes('boost-1', 'ended')
    await quarter.isLimited(SUPPORT, 270_000)

    quarter.setDate(`${OCTOBER}-28T12:00:00Z`)
    await quarter.spend(SELF_SERVICE, 200_000)
    await quarter.isSpent(SUPPORT, 240_000)
    // Up to the last second of the month; a gateway's clock is a little behind.
    quarter.setDate(`${OCTOBER}-31T23:56:00Z`)
    await quarter.spend(RISK, 1_000, { at: `${OCTOBER}-31T23:59:59Z` })
    await quarter.spend(PAY, 0.000002, { at: `${OCTOBER}-31T23:59:59Z` })
    await quarter.isSpent(PAYMENTS, 380_000.000002)
    expect(await limitsNow(quarter)).toEqual([450_000, 270_000, 100_000])
    await quarter.remember(OCTOBER)
  })
}
