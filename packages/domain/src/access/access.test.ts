import { describe, expect, test } from 'vitest'

import type { ControlEvent } from '../control/control-event.ts'
import { createOrganizationView, foldControlEvent } from '../organization/organization-view.ts'
import { ROLES } from './access-entities.ts'
import { covers } from './covers.ts'
import { may, maySomewhere, type Principal } from './may.ts'
import { PERMISSIONS, ROLE_PERMISSIONS } from './permissions.ts'

const head = { schema: 1, command_id: 'c', at_ms: 0, actor: 'test', type: 'put' } as const
const key = (id: string, project: string, user_id?: string) =>
  ({
    ...head,
    kind: 'api_key',
    id,
    data: {
      id,
      project,
      environment: 'prod',
      status: 'active',
      labels_from: 'registry',
      labels: {},
      may_send_for_others: false,
      ...(user_id === undefined ? {} : { user_id }),
      secret_prefix: id,
      secret_salt: '',
      secret_hash: '',
    },
  }) as const
const named = (id: string) => ({ id, name: id })

const LOG: readonly ControlEvent[] = [
  {
    ...head,
    kind: 'organization',
    id: 'acme',
    data: { ...named('acme'), reporting_time_zone: 'UTC', unattributed: 'reject' },
  },
  ...['pay', 'sup'].map((id) => ({ ...head, kind: 'billing_group' as const, id, data: named(id) })),
  ...[
    ['checkout', 'pay'],
    ['desk', 'sup'],
  ].map(([id = '', billing_group = '']) => ({
    ...head,
    kind: 'department' as const,
    id,
    data: { ...named(id), billing_group },
  })),
  ...[
    ['auth', 'checkout'],
    ['risk', 'checkout'],
    ['help', 'desk'],
  ].map(([id = '', department = '']) => ({
    ...head,
    kind: 'team' as const,
    id,
    data: { ...named(id), department, cost_center: 'CC' },
  })),
  ...['auth', 'risk', 'help'].map((team) => ({
    ...head,
    kind: 'project' as const,
    id: `${team}-app`,
    data: { ...named(`${team}-app`), team },
  })),
  key('k_auth', 'auth-app', 'ann'),
  key('k_both_1', 'auth-app', 'bob'),
  key('k_both_2', 'risk-app', 'bob'),
  {
    ...head,
    kind: 'allocation',
    id: 'al-pay',
    data: {
      id: 'al-pay',
      scope: 'billing_group:pay',
      owner: 'o',
      monthly_credits_micro: 1,
      reserve_credits_micro: 0,
      rollover: 0,
      soft_cap: null,
      hard_cap: null,
      gl_account: '',
      approved_models: [],
      contacts: [],
      tiers: [],
    },
  },
]
const view = createOrganizationView()
LOG.forEach((event, offset) => foldControlEvent(view, event, offset))

describe('covers', () => {
  test.each([
    ['org:*', 'team:auth'],
    ['org:acme', 'org:acme'],
    ['org:acme', 'model:gpt'],
    ['org:acme', 'team:unheard-of'],
    ['billing_group:pay', 'department:checkout'],
    ['billing_group:pay', 'api_key:k_auth'],
    ['billing_group:pay', 'allocation:al-pay'],
    ['billing_group:pay', 'user:bob'],
    ['department:checkout', 'user:bob'],
    ['team:auth', 'project:auth-app'],
    ['team:auth', 'user:ann'],
    ['user:ann', 'user:ann'],
    ['user:ann', 'api_key:k_auth'],
  ] as const)('%s reaches %s', (binding, scope) => {
    expect(covers(view, binding, scope)).toBe(true)
  })

  test.each([
    ['team:auth', 'team:risk'],
    ['team:auth', 'department:checkout'],
    ['team:auth', 'org:acme'],
    ['team:auth', 'org:*'],
    ['team:auth', 'team:*'],
    ['team:auth', 'user:bob'],
    ['team:auth', 'user:nobody'],
    ['team:auth', 'allocation:al-pay'],
    ['department:checkout', 'allocation:al-pay'],
    ['billing_group:sup', 'billing_group:pay'],
    ['billing_group:pay', 'model:gpt'],
    ['billing_group:pay', 'team:unheard-of'],
    ['user:ann', 'api_key:k_both_1'],
    ['user:ann', 'user:bob'],
    ['org:other', 'team:auth'],
  ] as const)('%s does not reach %s', (binding, scope) => {
    expect(covers(view, binding, scope)).toBe(false)
  })
})

describe('may', () => {
  const lead: Principal = {
    actor: 'user:lea',
    userId: 'lea',
    bindings: [{ role: 'team_lead', scope: 'team:auth' }],
  }

  test('a role holds where it is bound, and nowhere else', () => {
    expect(may(view, lead, { permission: 'keys.write', scope: 'project:auth-app' })).toBe(true)
    expect(may(view, lead, { permission: 'keys.write', scope: 'project:risk-app' })).toBe(false)
    expect(may(view, lead, { permission: 'credits.write', scope: 'team:auth' })).toBe(false)
  })

  test('everybody sees the own, and a machine has no own', () => {
    const ann: Principal = { actor: 'user:ann', userId: 'ann', bindings: [] }
    expect(may(view, ann, { permission: 'requests.create', scope: 'user:ann' })).toBe(true)
    expect(may(view, ann, { permission: 'keys.read', scope: 'api_key:k_auth' })).toBe(true)
    expect(may(view, ann, { permission: 'keys.read', scope: 'team:auth' })).toBe(false)
    expect(may(view, ann, { permission: 'keys.write', scope: 'api_key:k_auth' })).toBe(false)
    expect(maySomewhere({ actor: 'token:x', userId: null, bindings: [] }, 'requests.create')).toBe(false)
  })

  test('nobody but an admin changes people, and only finance and admin move credits', () => {
    const holding = (permission: (typeof PERMISSIONS)[number]) =>
      ROLES.filter((role) => ROLE_PERMISSIONS[role].has(permission))
    expect(holding('people.write')).toEqual(['admin'])
    expect(holding('credits.write')).toEqual(['finance', 'admin'])
    expect(holding('allocations.write')).toEqual(['admin'])
    expect(holding('audit.read')).toEqual(['finance', 'platform_owner', 'security', 'admin'])
  })
})
