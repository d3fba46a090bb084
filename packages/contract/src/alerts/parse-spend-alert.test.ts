import type { SpendAlert } from '@meterline/domain'
import { alertId, spendAlertJson } from '@meterline/domain'
import { describe, expect, test } from 'vitest'

import { parseSpendAlert } from './parse-spend-alert.ts'

const identity = {
  rule: 'budget_threshold',
  scope: 'billing_group:payments',
  allocation_id: 'org-1234-bg-payments',
  window: 'month',
  period: '2026-11',
  threshold: 0.9,
} as const

const alert: SpendAlert = {
  event: 'spend.alert',
  id: alertId({ ...identity, episode: 0 }),
  version: 1,
  state: 'firing',
  severity: 'critical',
  ...identity,
  organization: 'org-1234',
  current_usage: 451_200,
  current_usage_micro: 451_200_000_000,
  monthly_allocation: 500_000,
  monthly_allocation_micro: 500_000_000_000,
  observed: 0.9024,
  baseline: { mean: 500_000_000_000, stddev: 0, samples: 0 },
  z: null,
  at: '2026-11-21T03:04:05.000Z',
  superseded_by: null,
  drivers: [{ dimension: 'model', value: 'gpt-5-mini', credits_micro: 5, previous_credits_micro: 0 }],
  action: { type: 'rate_limit', params: { scope: 'non-prod', max_rps: 10 } },
  notify: ['payments-finance@example.com', '#payments-ops'],
  evidence: { sql: 'SELECT 1' },
}

describe('a record of spend.alert', () => {
  test('is a CloudEvent that its schema accepts, always in the same bytes', () => {
    const text = spendAlertJson(alert)
    expect(parseSpendAlert(text)).toMatchObject({
      id: `${alert.id}.1`,
      subject: 'billing_group:payments',
      time: alert.at,
      data: alert,
    })
    const shuffled = Object.fromEntries(Object.entries(alert).reverse()) as unknown as SpendAlert
    expect(spendAlertJson(shuffled)).toBe(text)
  })

  test('loses no field on the way', () => {
    const { data } = JSON.parse(spendAlertJson(alert)) as { data: SpendAlert }
    expect(data).toEqual(alert)
  })

  test.each([
    ['severity', 'urgent'],
    ['current_usage_micro', 0.5],
    ['id', 'alert_1'],
    ['period', 'November'],
    ['z', undefined],
  ])('with a wrong %s is refused by name', (field, value) => {
    expect(() => parseSpendAlert(spendAlertJson({ ...alert, [field]: value }))).toThrow(
      value === undefined ? `'${field}'` : `/${field}`,
    )
  })
})
