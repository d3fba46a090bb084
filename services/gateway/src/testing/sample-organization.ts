import { mintSecret } from '@meterline/contract'
import type { ApiKey, ControlEvent } from '@meterline/domain'

/** One team with a project, and keys of every kind. */
export interface SampleOrganization {
  readonly events: readonly ControlEvent[]
  readonly secrets: Readonly<Record<SampleKey, string>>
}

const SAMPLE_KEYS = {
  /** Labels come from the registry. */
  registry: {},
  /** Labels come with each event. */
  events: { labels_from: 'event' },
  /** A proxy: names the key that pays. */
  proxy: { may_send_for_others: true },
  disabled: { status: 'disabled' },
  expired: { expires_at_ms: 1 },
  /** Of a project that nobody knows: its labels are not complete. */
  homeless: { project: 'nowhere' },
} as const satisfies Record<string, Partial<ApiKey>>
export type SampleKey = keyof typeof SAMPLE_KEYS

export const CANONICAL_LABELS = {
  team: 'payments',
  cost_center: 'CC-1200',
  project: 'auth-service',
  environment: 'prod',
  tier: 'gold',
}

export function sampleOrganization(): SampleOrganization {
  const minted = Object.entries(SAMPLE_KEYS).map(([id, change]) => ({ id, change, ...mintSecret() }))
  const keys = minted.map(({ id, change, proof }): ApiKey => ({
    id,
    project: 'auth-service',
    environment: 'prod',
    status: 'active',
    labels_from: 'registry',
    labels: { tier: 'gold' },
    may_send_for_others: false,
    ...change,
    ...proof,
  }))
  return {
    secrets: Object.fromEntries(minted.map(({ id, secret }) => [id, secret])) as Record<SampleKey, string>,
    events: [
      put('organization', 'org-1', {
        id: 'org-1',
        name: 'Sample',
        reporting_time_zone: 'UTC',
        unattributed: 'reject',
      }),
      put('department', 'engineering', { id: 'engineering', name: 'Engineering', billing_group: 'bg' }),
      put('team', 'payments', {
        id: 'payments',
        name: 'Payments',
        department: 'engineering',
        cost_center: 'CC-1200',
      }),
      put('project', 'auth-service', { id: 'auth-service', name: 'Auth', team: 'payments' }),
      ...keys.map((key) => put('api_key', key.id, key)),
    ],
  }
}

type Put<K extends ControlEvent['kind']> = Extract<ControlEvent, { kind: K; type: 'put' }>

/** One record of the control log. */
export function put<K extends ControlEvent['kind']>(kind: K, id: string, data: Put<K>['data']): ControlEvent {
  const head = { schema: 1, command_id: 'sample', at_ms: 0, actor: 'test' } as const
  return { ...head, type: 'put', kind, id, data } as unknown as Put<K>
}
