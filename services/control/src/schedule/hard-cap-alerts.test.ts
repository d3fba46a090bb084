import { createOrganizationView } from '@meterline/domain'
import type { SpendAlert } from '@meterline/domain'
import { expect, test } from 'vitest'

import { createHardCapAlerts } from './hard-cap-alerts.ts'

const HEAD = { commandId: 'c', atMs: 1, actor: 'system:schedule' }
const alert = (version: number): SpendAlert =>
  ({
    id: 'alert_1',
    version,
    severity: 'hard_cap',
    state: 'firing',
    allocation_id: 'alloc',
    period: '2026-11',
    observed: 1,
  }) as SpendAlert

const incidents = (alerts: ReturnType<typeof createHardCapAlerts>): readonly string[] =>
  alerts.judge(createOrganizationView(), HEAD).changes.map(({ kind }) => kind)

test('an alert whose incident could not be written is followed at a later turn, whatever was due in between', () => {
  const alerts = createHardCapAlerts()
  alerts.take(alert(1))
  // Judged, and the log was away: nothing settles it.
  expect(incidents(alerts)).toEqual(['incident'])
  expect(incidents(alerts)).toEqual(['incident'])
  alerts.judge(createOrganizationView(), HEAD).settle()
  expect(incidents(alerts)).toEqual([])
})

test('a version that came while the one before was written waits for the next turn', () => {
  const alerts = createHardCapAlerts()
  alerts.take(alert(1))
  const judged = alerts.judge(createOrganizationView(), HEAD)
  alerts.take(alert(2))
  judged.settle()
  expect(incidents(alerts)).toEqual(['incident'])
})
