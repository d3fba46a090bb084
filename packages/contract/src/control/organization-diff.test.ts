import { createOrganizationView, foldControlEvent } from '@meterline/domain'
import type { OrganizationView } from '@meterline/domain'
import { expect, test } from 'vitest'

import { decodeControlEvent, encodeControlEvent } from './control-event-json.ts'
import { mintSecret } from './key-secret.ts'
import { organizationDiff } from './organization-diff.ts'
import { organizationEntities } from './organization-entities.ts'
import type { DesiredEntities } from './organization-entities.ts'
import { organizationEvents } from './organization-events.ts'
import { SAMPLE_FILE } from './organization-sample.test-data.ts'
import { parseOrganizationFile } from './parse-organization-file.ts'

function desiredBy(yaml: string): DesiredEntities {
  const parsed = parseOrganizationFile(yaml)
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems))
  return organizationEntities(parsed.file)
}

/** Applies a file as the command does: through the bytes of the log. */
function apply(view: OrganizationView, yaml: string): readonly string[] {
  const desired = desiredBy(yaml)
  const changes = organizationDiff(desired, view.entities)
  const events = organizationEvents(
    changes,
    { desired, current: view.entities },
    { commandId: 'c-1', atMs: 1, actor: 'test', proofFor: () => mintSecret().proof },
  )
  for (const event of events)
    foldControlEvent(view, decodeControlEvent(encodeControlEvent(event)), view.offset + 1)
  return changes.map(
    ({ change, kind, id, fields }) => `${change} ${kind} ${id} ${fields.map((f) => f.field).join(',')}`,
  )
}

test('a first apply adds parents before children, and the same file again changes nothing', () => {
  const view = createOrganizationView()
  const added = apply(view, SAMPLE_FILE).map((line) => line.split(' ').slice(0, 3).join(' '))
  expect(added).toEqual([
    'added organization org-1',
    'added billing_group payments',
    'added department checkout',
    'added team auth',
    'added project auth-service',
    'added project risk',
    'added rate_card own',
    'added allocation org-1-bg-payments',
    'added api_key key_auth_prod',
    'added api_key key_auth_dev',
  ])
  expect(apply(view, SAMPLE_FILE)).toEqual([])
})

test('a change names its fields; a key keeps its secret; what left the file is removed, children first', () => {
  const view = createOrganizationView()
  apply(view, SAMPLE_FILE)
  const before = view.entities.api_key.get('key_auth_prod')
  const changed = SAMPLE_FILE.replace('tier: gold', 'tier: silver')
    .replace('monthly_credits: 500000', 'monthly_credits: 600000')
    .replace(/ {14}- \{ id: risk.*\n/, '')
    .replace(/ {2}- \{ id: key_auth_dev.*\n/, '')
  expect(apply(view, changed)).toEqual([
    'changed allocation org-1-bg-payments monthly_credits_micro',
    'changed api_key key_auth_prod labels',
    'removed api_key key_auth_dev ',
    'removed project risk ',
  ])
  expect(view.entities.api_key.get('key_auth_prod')).toEqual({ ...before, labels: { tier: 'silver' } })
})

test('credits become micro-credits, percentages shares, rates micro-credits per million units', () => {
  const { allocation, rate_card } = desiredBy(SAMPLE_FILE)
  expect(allocation.get('org-1-bg-payments')).toMatchObject({
    monthly_credits_micro: 500_000_000_000,
    reserve_credits_micro: 50_000_500_000,
    rollover: 0.1,
    soft_cap: 0.9,
    hard_cap: 1,
  })
  const tiers = allocation.get('org-1-bg-payments')?.tiers
  expect(tiers?.map((tier) => [tier.severity, tier.threshold])).toEqual([
    ['info', 0.5],
    ['warning', 0.7],
    ['critical', 0.9],
    ['critical', 0.2],
    ['hard_cap', 1],
  ])
  expect(tiers?.[0]?.notify).toEqual(['payments-finance@example.com', '#payments-ops'])
  expect(rate_card.get('own')?.entries[0]?.rates).toEqual({
    tokens_input: 2_500_000,
    tokens_output: 10_000_000,
  })
})

test('a record of the log with a field too many is refused', () => {
  const event = {
    schema: 1,
    command_id: 'c',
    at_ms: 1,
    actor: 'a',
    id: 'x',
    kind: 'team',
    type: 'removed',
    more: 1,
  }
  expect(() => decodeControlEvent(Buffer.from(JSON.stringify(event)))).toThrow(/more/)
})
