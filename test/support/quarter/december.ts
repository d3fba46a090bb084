import { expect, test } from 'vitest'

import {
  PAYMENTS,
  SUPPORT,
  RESEARCH,
} from '../../../services/processor/src/burn/quarter/quarter-facts.test-data.ts'
import {
  OCTOBER,
  NOVEMBER,
  DECEMBER,
  JANUARY,
  PAY,
  RISK,
  HELPDESK,
  SELF_SERVICE,
  TOOLS,
} from './dates-and-keys.ts'
import { limitsNow } from './quarter.ts'
import type { Quarter } from './quarter.ts'

/** What comes late for closed months, caps that are passed all the same, and the beginning of January. Told in order, as tests. */
export function december(of: () => Quarter): void {
  test('December: what comes late for two closed months is adjusted in this one', async () => {
    const quarter = of()
    quarter.setDate(`${DECEMBER}-01T00:01:00Z`)
    await quarter.monthBegins(DECEMBER)
    await quarter.spend(RISK, 100, { at: `${OCTOBER}-31T23:59:59Z` })
    // A void: the call did not happen.
    await quarter.spend(HELPDESK, 0, { corrects: 'refunded', at: `${NOVEMBER}-28T12:00:00Z` })
    await quarter.isLimited(PAYMENTS, 450_000 - 100)
    await quarter.isLimited(SUPPORT, 272_000)
    expect(await limitsNow(quarter)).toEqual([449_900, 272_000, 200_000])
  })

  test('what is used over a cap is recorded, and a boost lifts a cap for as long as it lasts', async () => {
    const quarter = of()
    quarter.setDate(`${DECEMBER}-05T12:00:00Z`)
    await quarter.turnstile.becomes(`hard_cap by ${RESEARCH}`, TOOLS, 220_000)
    await quarter.spend(PAY, 180_000)
    await quarter.spend(RISK, 120_000)
    // Somebody who did not ask the gateway, and has a Kafka client.
    await quarter.spend(TOOLS, 220_000, { channel: 'kafka' })
    await quarter.isSpent(PAYMENTS, 300_000)
    await quarter.isSpent(RESEARCH, 220_000)
    await quarter.incidentsBecome(DECEMBER, ['open'])
    await quarter.spend(SELF_SERVICE, 275_000)
    await quarter.incidentsBecome(DECEMBER, ['open', 'open'])
    await quarter.turnstile.becomes(`hard_cap by ${SUPPORT}`, SELF_SERVICE, 1)

    await quarter.ask('pm', {
      id: 'boost-2',
      kind: 'boost',
      subject: `allocation:${SUPPORT}`,
      credits: 20_000,
    })
    const ends = `${DECEMBER}-20T12:00:00Z`
    await quarter.approve('eng', 'boost-2', ends)
    await quarter.approve('fin', 'boost-2', ends)
    await quarter.isLimited(SUPPORT, 292_000)
    await quarter.incidentsBecome(DECEMBER, ['open', 'resolved'])
    await quarter.turnstile.becomes('allow', SELF_SERVICE, 1)

    quarter.setDate(ends)
    await quarter.requestBecomes('boost-2', 'ended')
    await quarter.isLimited(SUPPORT, 275_000)
    await quarter.incidentsBecome(DECEMBER, ['open', 'resolved', 'open'])
    await quarter.turnstile.becomes(`hard_cap by ${SUPPORT}`, SELF_SERVICE, 1)
    expect(await limitsNow(quarter)).toEqual([449_900, 275_000, 200_000])
    // October is no longer whole: what comes now for its last days stays out of the ledger.
    await quarter.spend(PAY, 7, { at: `${OCTOBER}-25T12:00:00Z` })
    await quarter.rowsArrive()
    await quarter.remember(DECEMBER)
  })

  test('January begins, and the incidents of December are over', async () => {
    const quarter = of()
    quarter.setDate(`${JANUARY}-01T00:01:00Z`)
    await quarter.monthBegins(JANUARY)
    const over = await quarter.incidentsBecome(DECEMBER, ['resolved', 'resolved', 'resolved'])
    expect(over.map(({ allocation }) => allocation)).toEqual([RESEARCH, SUPPORT, SUPPORT])
    await quarter.remember(JANUARY)
  })
}
