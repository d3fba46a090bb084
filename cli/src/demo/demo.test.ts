import { organizationEntities } from '@meterline/contract'
import { historyEvents, createTraffic, monthStartMs } from '@meterline/simulation'
import { join } from 'node:path'
import { expect, test } from 'vitest'

import { REPOSITORY_ROOT } from '../connection/state-dir.ts'
import { loadOrganizationFile } from '../control/load-organization-file.ts'
import { createCreditsOf, demoHistory, DEMO_SEED } from './demo-plan.ts'
import { DEMO_WORKLOADS, RUNAWAY_KEY_IDS, RUNAWAY_WORKLOAD } from './demo-workloads.ts'

const MICRO = 1_000_000
const organization = organizationEntities(
  loadOrganizationFile(join(REPOSITORY_ROOT, 'examples/organization.yaml')),
)
const workloads = Object.values(DEMO_WORKLOADS).flat()

test('the sample organization holds the sample policy', () => {
  const policy = [...organization.allocation.values()].map(
    ({ id, monthly_credits_micro, rollover, reserve_credits_micro }) =>
      [id, monthly_credits_micro / MICRO, rollover, reserve_credits_micro / MICRO] as const,
  )
  expect(policy).toEqual([
    ['org-1234-bg-payments', 500_000, 0.1, 50_000],
    ['org-1234-bg-customer-support', 300_000, 0, 30_000],
    ['org-1234-bg-research', 200_000, 0.5, 100_000],
  ])
})

test('every workload has a key of the sample organization, in the billing group it is counted for', () => {
  const groupOf = (keyId: string): string | undefined => {
    const project = organization.project.get(organization.api_key.get(keyId)?.project ?? '')
    const team = organization.team.get(project?.team ?? '')
    return organization.department.get(team?.department ?? '')?.billing_group
  }
  const groups = { payments: 'payments', support: 'customer-support', research: 'research' } as const
  for (const name of ['payments', 'support', 'research'] as const) {
    for (const { keyId } of DEMO_WORKLOADS[name])
      expect([keyId, groupOf(keyId)]).toEqual([keyId, groups[name]])
  }
  for (const keyId of [...RUNAWAY_KEY_IDS, RUNAWAY_WORKLOAD.keyId]) expect(groupOf(keyId)).toBe('research')
})

test('late in a month the payments budget stands so close under 90 % that live traffic crosses it within a minute', () => {
  const untilMs = Date.UTC(2026, 10, 21, 3, 15)
  const creditsOf = createCreditsOf()
  const keys = new Set<string>(DEMO_WORKLOADS.payments.map(({ keyId }) => keyId))
  const spent = historyEvents(demoHistory(untilMs, creditsOf)).reduce(
    (sum, event) =>
      sum + (keys.has(event.api_key_id) && event.timestamp >= monthStartMs(untilMs) ? creditsOf(event) : 0),
    0,
  )
  const live = createTraffic({ seed: DEMO_SEED, workloads })
    .between(untilMs, untilMs + 60_000)
    .reduce((sum, event) => sum + (keys.has(event.api_key_id) ? creditsOf(event) : 0), 0)
  expect(spent).toBeLessThan(450_000 * MICRO)
  expect(spent + live).toBeGreaterThan(450_000 * MICRO)
})

test('the history stays small enough to be sent in seconds, rates every event, and no id comes twice', () => {
  const events = historyEvents(demoHistory(Date.UTC(2026, 11, 31, 23)))
  expect(events.length).toBeGreaterThan(20_000)
  expect(events.length).toBeLessThan(120_000)
  expect(new Set(events.map((event) => event.request_id)).size).toBe(events.length)
})
