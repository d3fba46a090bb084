import { createOrganizationView, foldControlEvent } from '@meterline/domain'
import type { OrganizationView } from '@meterline/domain'
import { expect, test } from 'vitest'

import { decodeControlEvent, encodeControlEvent } from './control-event-json.ts'
import { mintSecret } from './key-secret.ts'
import { organizationDiff } from './organization-diff.ts'
import { organizationEntities } from './organization-entities.ts'
import { organizationEvents } from './organization-events.ts'
import { WHOLE_FILE } from './organization-whole.test-data.ts'
import { organizationYaml } from './organization-yaml.ts'
import { parseOrganizationFile } from './parse-organization-file.ts'
import { RESOURCES } from './resources/resources.ts'

function changesOf(view: OrganizationView, yaml: string) {
  const parsed = parseOrganizationFile(yaml)
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems))
  const desired = organizationEntities(parsed.file)
  const sets = { desired, current: view.entities }
  return { changes: organizationDiff(desired, view.entities), sets }
}

function apply(view: OrganizationView, yaml: string): readonly string[] {
  const { changes, sets } = changesOf(view, yaml)
  const command = { commandId: 'c', atMs: 1, actor: 'test', proofFor: () => mintSecret().proof }
  for (const event of organizationEvents(changes, sets, command)) {
    foldControlEvent(view, decodeControlEvent(encodeControlEvent(event)), view.offset + 1)
  }
  return changes.map(({ change, kind, id }) => `${change} ${kind} ${id}`)
}

function viewOf(yaml: string): OrganizationView {
  const view = createOrganizationView()
  apply(view, yaml)
  return view
}

test('what is exported changes nothing when it is applied, and is exported again as the same text', () => {
  const view = viewOf(WHOLE_FILE)
  const yaml = organizationYaml(view.entities)
  expect(apply(view, yaml)).toEqual([])
  expect(organizationYaml(viewOf(yaml).entities)).toBe(yaml)
})

test('entries are kept in whole micro-credits and milliseconds', () => {
  const { limit, conversion_rate, release, alert_route, alert_policy } = viewOf(WHOLE_FILE).entities
  expect(limit.get('everybody')).toMatchObject({ hard_cap_micro: 1_000_250_000, soft_cap_micro: null })
  expect(limit.get('u-1')).toMatchObject({ soft_cap_micro: 1, expires_at_ms: Date.UTC(2026, 11, 31, 23) })
  expect(conversion_rate.get('eur')).toMatchObject({
    currency_micro_per_credit: 9_300,
    effective_from_ms: Date.UTC(2026, 0, 1),
  })
  expect(release.get('r1')?.expected_extra_credits_micro).toBe(-12_500_000)
  expect(alert_route.get('first')).toMatchObject({ group_wait_ms: 500, repeat_interval_ms: 14_400_000 })
  // Free settings keep the names and units that their reader gave them.
  expect(alert_policy.get('fast-burn')?.params).toEqual({ factor: 14.4, window_ms: 5 })
})

test('an older file leaves alone what it does not speak of, and a section that is there is the whole truth', () => {
  const view = viewOf(WHOLE_FILE)
  const small = 'organization: { id: org-1, name: Sample, reporting_time_zone: Europe/Berlin }'
  expect(apply(view, small)).toEqual([])
  expect(apply(view, `${small}\nlimits: []\nkeys: []`)).toEqual([
    'removed limit everybody',
    'removed limit u-1',
    'removed api_key key_auth_prod',
    'removed api_key key_auth_dev',
  ])
  expect(view.entities.user.size).toBe(2)
})

test('neither a password nor the proof of a secret is in an export or an entry, and apply keeps both', () => {
  const view = viewOf(WHOLE_FILE)
  const ann = view.entities.user.get('ann')
  if (ann === undefined) throw new Error('the sample has ann')
  view.entities.user.set('ann', { ...ann, password_hash: '$argon2id$x', sessions_valid_from_ms: 77 })
  const key = view.entities.api_key.get('key_auth_prod')
  const yaml = organizationYaml(view.entities)
  for (const kept of ['argon2id', 'secret', 'sessions_valid', key?.secret_hash ?? '?'])
    expect(yaml).not.toContain(kept)
  expect(RESOURCES.user.toEntry(ann)).not.toHaveProperty('password_hash')

  apply(view, yaml.replace('name: Ann', 'name: Anna'))
  expect(view.entities.user.get('ann')).toMatchObject({
    name: 'Anna',
    password_hash: '$argon2id$x',
    sessions_valid_from_ms: 77,
  })
})

test.each([
  ['credits: 1.0000001', 'hard_cap_credits: 1000.25', 'hard_cap_credits: 1.0000001', 'at most six decimal'],
  ['a negative cap', 'hard_cap_credits: 1000.25', 'hard_cap_credits: -1', 'must not be negative'],
  ['a role nobody has', 'role: team_lead', 'role: emperor', 'must be one of viewer'],
  ['an unknown field', 'oidc_subject:', 'password_hash:', 'unknown field'],
  ['a user twice', 'id: bob', 'id: ann', 'the user "ann" is declared twice'],
])('%s is refused', (_name, from, to, problem) => {
  const parsed = parseOrganizationFile(WHOLE_FILE.replace(from, to))
  expect(parsed.ok ? [] : parsed.problems.map(({ message }) => message).join('\n')).toContain(problem)
})
