import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import type { ControlEntities, ControlEntityKind } from '../control/control-entities.ts'
import type { ControlEvent } from '../control/control-event.ts'
import type { ScopeId } from '../scope/scope.ts'
import { canonicalLabelsOf, keptSecretOf, keyBySecretPrefix, keyIsActive } from './api-keys.ts'
import { budgetPolicyOf } from './budget-policy-of.ts'
import { allocationOfPath, pathOfKey, pathOfProject, pathOfTeam } from './organization-path.ts'
import {
  createOrganizationView,
  createViewOf,
  foldControlEvent,
  settingsOf,
  SPEND_KINDS,
} from './organization-view.ts'
import type { Allocation, ApiKey } from './organization.ts'

describe('foldControlEvent', () => {
  test('knows the path of a team, a project and a key', () => {
    const view = sampleView()
    const project = {
      organization: 'acme',
      billing_group: 'product',
      department: 'payments-dept',
      team: 'payments',
      project: 'auth-service',
      cost_center: 'CC-1200',
    }
    expect(pathOfTeam(view, 'payments')).toEqual({ ...project, project: '' })
    expect(pathOfProject(view, 'auth-service')).toEqual(project)
    expect(pathOfKey(view, sampleKey({}))).toEqual(project)
    expect(pathOfTeam(view, 'nobody')).toBeUndefined()
    expect(pathOfProject(view, 'nothing')).toBeUndefined()
    expect(settingsOf(view)?.reporting_time_zone).toBe('Europe/Berlin')
  })

  test('prefers the cost center of the project to that of the team', () => {
    expect(pathOfProject(sampleView(), 'ledger')?.cost_center).toBe('CC-1299')
  })

  test('finds a key by the secret it has now, not by a former one', () => {
    const view = sampleView()
    expect(keyBySecretPrefix(view, 'prefixkey001')?.id).toBe('key_1')
    const rotated = sampleKey({ secret_prefix: 'prefixkey999' })
    foldControlEvent(view, putKey(rotated), view.offset + 1)
    expect(keyBySecretPrefix(view, 'prefixkey001')).toBeUndefined()
    expect(keyBySecretPrefix(view, 'prefixkey999')).toEqual(rotated)
  })

  test('finds a rotated key by both secrets as long as it names the former one, which proves itself until its time', () => {
    const view = sampleView()
    const former_secret = {
      secret_prefix: 'prefixkey001',
      secret_salt: 's',
      secret_hash: 'h',
      valid_until_ms: 500,
    }
    const rotated = sampleKey({ secret_prefix: 'prefixkey999', former_secret })
    foldControlEvent(view, putKey(rotated), view.offset + 1)
    for (const prefix of ['prefixkey001', 'prefixkey999']) {
      expect(keyBySecretPrefix(view, prefix)?.id).toBe('key_1')
    }
    expect(keptSecretOf(rotated, 'prefixkey001', 499)).toEqual(former_secret)
    expect(keptSecretOf(rotated, 'prefixkey001', 500)).toBeUndefined()
    expect(keptSecretOf(rotated, 'prefixkey999', 500)).toBe(rotated)

    foldControlEvent(view, putKey(sampleKey({ secret_prefix: 'prefixkey999' })), view.offset + 1)
    expect(keyBySecretPrefix(view, 'prefixkey001')).toBeUndefined()
    expect(keyBySecretPrefix(view, 'prefixkey999')?.id).toBe('key_1')
  })

  test('forgets what was removed', () => {
    const view = sampleView()
    const { data: _, ...head } = putKey(sampleKey({}))
    foldControlEvent(view, { ...head, type: 'removed' }, view.offset + 1)
    expect(keyBySecretPrefix(view, 'prefixkey001')).toBeUndefined()
    expect(view.entities.api_key.has('key_1')).toBe(false)
  })

  test('who measures spend alone keeps what it is measured by, the balances, and nothing of what is done about it', () => {
    const entry = {
      id: 'e1',
      kind: 'grant',
      at_ms: 0,
      period: '2026-11',
      reason: 'first',
      postings: [
        { account: 'outside:contract', amount_micro: -5 },
        { account: 'pool:main', amount_micro: 5 },
      ],
      links: {},
    } as const satisfies ControlEntities['ledger_entry']
    const mark = { id: 'alert_1', state: 'acknowledged', by: 'user:u1', at_ms: 0, note: '' } as const
    const events: ControlEvent[] = [
      ...sampleEvents(),
      put('ledger_entry', 'e1', entry),
      put('alert_mark', 'alert_1', mark),
      {
        schema: 1,
        command_id: '1',
        at_ms: 0,
        actor: 'test',
        type: 'removed',
        kind: 'alert_mark',
        id: 'alert_1',
      },
    ]
    const whole = createOrganizationView()
    const spend = createViewOf(SPEND_KINDS)
    for (const view of [whole, spend]) {
      for (const [at, event] of events.entries()) foldControlEvent(view, event, at)
    }
    const { entities, ...rest } = whole
    const { incident, silence, alert_mark, action_run, ledger_entry, ...kept } = entities
    expect(ledger_entry.size).toBe(1)
    expect([incident, silence, alert_mark, action_run].map(({ size }) => size)).toEqual([0, 0, 0, 0])
    expect(spend).toEqual({ entities: kept, ...rest })
  })

  test('folding any stretch of the log again changes nothing', () => {
    const events = sampleEvents()
    fc.assert(
      fc.property(fc.array(fc.nat(events.length - 1), { maxLength: 6 }), (restarts) => {
        const view = createOrganizationView()
        for (const [end, from] of restarts.entries()) {
          const stop = Math.min(events.length, from + end + 2)
          const start = Math.min(from, view.offset + 1)
          for (let at = start; at < stop; at++) foldControlEvent(view, events[at], at)
        }
        for (const [at, event] of events.entries()) foldControlEvent(view, event, at)
        expect(view).toEqual(sampleView())
      }),
    )
  })
})

describe('allocationOfPath', () => {
  test('takes the most specific level, and falls back upwards', () => {
    const view = sampleView()
    const { data: _, ...head } = putKey(sampleKey({}))
    const remove = (id: string): void =>
      foldControlEvent(view, { ...head, kind: 'allocation', id, type: 'removed' }, view.offset + 1)
    const path = pathOfProject(view, 'auth-service')!
    expect(allocationOfPath(view, path)?.id).toBe('acme-team-payments')
    remove('acme-team-payments')
    expect(allocationOfPath(view, path)?.id).toBe('acme-bg-product')
    remove('acme-bg-product')
    expect(allocationOfPath(view, path)).toBeUndefined()
  })

  // Ten thousand projects with a budget each took ten thousand looks at ten thousand allocations.
  test('looks through all allocations once, however many paths are asked for', () => {
    const view = sampleView()
    const { allocation } = view.entities
    let looks = 0
    const values = allocation.values.bind(allocation)
    allocation.values = () => {
      looks += 1
      return values()
    }
    const path = pathOfProject(view, 'auth-service')!
    for (let project = 0; project < 100; project++)
      allocationOfPath(view, { ...path, project: `p${project}` })
    expect(looks).toBe(1)
  })
})

describe('keys', () => {
  test('carry their labels and the required ones', () => {
    const view = sampleView()
    expect(canonicalLabelsOf(view, sampleKey({ labels: { region: 'eu', team: 'forged' } }))).toEqual({
      region: 'eu',
      team: 'payments',
      project: 'auth-service',
      cost_center: 'CC-1200',
      environment: 'prod',
    })
    expect(canonicalLabelsOf(view, sampleKey({ environment: '' }))).toBeUndefined()
    expect(canonicalLabelsOf(view, sampleKey({ project: 'nothing' }))).toBeUndefined()
  })

  test('end at their expiry', () => {
    const key = sampleKey({ expires_at_ms: 1000 })
    expect([keyIsActive(key, 999), keyIsActive(key, 1000)]).toEqual([true, false])
    expect(keyIsActive(sampleKey({ status: 'disabled' }), 0)).toBe(false)
  })
})

test('the budget policy does not depend on the order of the log', () => {
  const view = sampleView()
  const other = sampleView()
  const first = other.entities.allocation.get('acme-bg-product')!
  other.entities.allocation.delete(first.id)
  other.entities.allocation.set(first.id, first)
  expect(JSON.stringify(budgetPolicyOf(other))).toBe(JSON.stringify(budgetPolicyOf(view)))
  expect(budgetPolicyOf(view)).toEqual({
    organization: 'acme',
    reporting_time_zone: 'Europe/Berlin',
    allocations: [
      sampleAllocation('acme-bg-product', 'billing_group:product'),
      sampleAllocation('acme-team-payments', 'team:payments'),
    ],
  })
})

function sampleView() {
  const view = createOrganizationView()
  for (const [offset, event] of sampleEvents().entries()) foldControlEvent(view, event, offset)
  return view
}

function sampleEvents(): ControlEvent[] {
  return [
    put('organization', 'acme', {
      id: 'acme',
      name: 'Acme',
      reporting_time_zone: 'Europe/Berlin',
      unattributed: 'reject',
    }),
    put('billing_group', 'product', { id: 'product', name: 'Product' }),
    put('department', 'payments-dept', {
      id: 'payments-dept',
      name: 'Payments',
      billing_group: 'product',
    }),
    put('team', 'payments', {
      id: 'payments',
      name: 'Payments',
      department: 'payments-dept',
      cost_center: 'CC-1200',
    }),
    put('project', 'auth-service', { id: 'auth-service', name: 'Auth', team: 'payments' }),
    put('project', 'ledger', { id: 'ledger', name: 'Ledger', team: 'payments', cost_center: 'CC-1299' }),
    put('allocation', 'acme-bg-product', sampleAllocation('acme-bg-product', 'billing_group:product')),
    put('allocation', 'acme-team-payments', sampleAllocation('acme-team-payments', 'team:payments')),
    putKey(sampleKey({})),
  ]
}

function put<K extends ControlEntityKind>(kind: K, id: string, data: ControlEntities[K]): ControlEvent {
  const head = { schema: 1, command_id: '0', at_ms: 0, actor: 'test', type: 'put' } as const
  return { ...head, kind, id, data } as ControlEvent
}

function putKey(key: ApiKey): Extract<ControlEvent, { type: 'put'; kind: 'api_key' }> {
  const head = { schema: 1, command_id: '0', at_ms: 0, actor: 'test', type: 'put' } as const
  return { ...head, kind: 'api_key', id: key.id, data: key }
}

function sampleKey(changes: Partial<ApiKey>): ApiKey {
  return {
    id: 'key_1',
    project: 'auth-service',
    environment: 'prod',
    status: 'active',
    labels_from: 'registry',
    labels: {},
    may_send_for_others: false,
    secret_prefix: 'prefixkey001',
    secret_salt: '',
    secret_hash: '',
    ...changes,
  }
}

function sampleAllocation(id: string, scope: ScopeId): Allocation {
  return {
    id,
    scope,
    owner: 'finance',
    monthly_credits_micro: 500_000_000_000,
    reserve_credits_micro: 0,
    rollover: 0,
    soft_cap: 0.9,
    hard_cap: 1,
    gl_account: '6100',
    approved_models: [],
    contacts: [],
    tiers: [],
  }
}
