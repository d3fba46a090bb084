import type { ControlChange } from '@meterline/domain'
import { createHash } from 'node:crypto'

export const TEAMS = 1_000
const TEAMS_PER_GROUP = 50
const TEAMS_PER_DEPARTMENT = 10
const KEYS_PER_TEAM = 20
const PEOPLE = 2_000
const CREDITS = 1_000_000

/** Twenty business units, a thousand teams, twenty keys each. */
export function organizationTree(): readonly ControlChange[] {
  const teams = Array.from({ length: TEAMS }, (_, team) => team)
  return [
    put({
      kind: 'organization',
      data: { id: 'acme', name: 'Acme', reporting_time_zone: 'Europe/Berlin', unattributed: 'reject' },
    }),
    put({ kind: 'pool', data: { id: 'central', name: 'Central pool', owner: 'Finance' } }),
    ...teams.flatMap(branch),
    ...teams.map(allocation),
    ...Array.from({ length: PEOPLE }, (_, index) => person(index)),
    ...teams.flatMap((team) =>
      Array.from({ length: KEYS_PER_TEAM }, (_, index) =>
        apiKey(index === 0 ? `first-${team}` : `${team}-${index}`, { team, isRotated: false }),
      ),
    ),
  ]
}

export function apiKey(
  name: string,
  { team, isRotated }: { readonly team: number; readonly isRotated: boolean },
): ControlChange {
  const secret = (salt: string) => {
    const hash = createHash('sha256').update(`${name} ${salt}`).digest('base64url')
    return { secret_prefix: hash.slice(0, 12), secret_salt: hash.slice(12, 34), secret_hash: hash }
  }
  return put({
    kind: 'api_key',
    data: {
      id: `key_${name}`,
      project: `project-${team}`,
      environment: 'prod',
      status: 'active',
      labels_from: 'registry',
      labels: {},
      may_send_for_others: false,
      ...secret(isRotated ? 'after' : 'before'),
      ...(isRotated ? { former_secret: { ...secret('before'), valid_until_ms: 1_800_000_000_000 } } : {}),
    },
  })
}

function branch(team: number): readonly ControlChange[] {
  const group = `group-${Math.floor(team / TEAMS_PER_GROUP)}`
  const department = `department-${Math.floor(team / TEAMS_PER_DEPARTMENT)}`
  return [
    ...(team % TEAMS_PER_GROUP === 0
      ? [put({ kind: 'billing_group', data: { id: group, name: group } })]
      : []),
    ...(team % TEAMS_PER_DEPARTMENT === 0
      ? [put({ kind: 'department', data: { id: department, name: department, billing_group: group } })]
      : []),
    put({
      kind: 'team',
      data: { id: `team-${team}`, name: `Team ${team}`, department, cost_center: `CC-${team}` },
    }),
    put({ kind: 'project', data: { id: `project-${team}`, name: `Project ${team}`, team: `team-${team}` } }),
  ]
}

function allocation(team: number): ControlChange {
  return put({
    kind: 'allocation',
    data: {
      id: `acme-team-${team}`,
      scope: `team:team-${team}`,
      owner: 'Finance',
      monthly_credits_micro: 500 * CREDITS,
      reserve_credits_micro: 50 * CREDITS,
      rollover: 0.1,
      soft_cap: 0.9,
      hard_cap: 1,
      gl_account: '6100',
      approved_models: [],
      contacts: ['finance@example.com'],
      tiers: ['warning', 'critical'].map((severity, index) => ({
        severity: severity as 'warning' | 'critical',
        basis: 'monthly_allocation' as const,
        threshold: 0.7 + index / 5,
        action: null,
        notify: ['finance@example.com'],
        minimum_credits_micro: 0,
      })),
    },
  })
}

function person(index: number): ControlChange {
  return put({
    kind: 'user',
    data: {
      id: `person-${index}`,
      name: `Person ${index}`,
      email: `person-${index}@example.com`,
      status: 'active',
      bindings: [{ role: 'viewer', scope: `team:team-${index % TEAMS}` }],
      password_hash: null,
      oidc_subject: `https://id.example.com|${index}`,
      sessions_valid_from_ms: 0,
    },
  })
}

type Put = Extract<ControlChange, { type: 'put' }>
type Entity = {
  [K in Put['kind']]: { readonly kind: K; readonly data: Extract<Put, { kind: K }>['data'] }
}[Put['kind']]

function put(entity: Entity): ControlChange {
  return { ...entity, id: entity.data.id, type: 'put' }
}
