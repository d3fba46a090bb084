import {
  encodeSpendRecord,
  FRAME_BYTES,
  frame,
  parseSpendAlert,
  spendLeaseCodec,
  spendStateCodec,
} from '@meterline/contract'
import type {
  AlertPolicy,
  Allocation,
  BudgetPolicy,
  LeaseAnswer,
  LeaseReport,
  LeaseRequest,
  Limit,
  ScopeId,
  SpendAlert,
  SpendRecord,
  SpendState,
} from '@meterline/domain'
import { TopologyTestDriver } from '@meterline/topology'
import type { LogRecord, TestInput } from '@meterline/topology'

import { burnTopology } from './topology.ts'

export const SCHEMA_IDS = { spendState: 11, burnChangelog: 12, spendLease: 13 }
export const CREDIT = 1_000_000

/** A record of spend.delta as meter, a tick writer or a policy forwarder writes it. */
function spendRecord(record: SpendRecord): TestInput {
  const key = 'scope' in record ? record.scope : null
  return { key, value: frame(10, encodeSpendRecord(record)), timestampMs: record.pane_start }
}

export function delta(scope: ScopeId, at: string | number, credits: number, unratedRequests = 0): TestInput {
  const atMs = typeof at === 'number' ? at : Date.parse(at)
  return spendRecord({
    kind: 'delta',
    scope,
    pane_start: Math.floor(atMs / 1_000) * 1_000,
    credits_micro: Math.round(credits * CREDIT),
    requests: 1,
    unrated_requests: unratedRequests,
    units: {},
    drivers: [
      { dimension: 'model', value: 'gpt-5-mini', credits_micro: Math.round(credits * CREDIT) },
      {
        dimension: 'api_key',
        value: `key_${Math.abs(Math.round(credits)) % 3}`,
        credits_micro: Math.round(credits * CREDIT),
      },
    ],
  })
}

/** Meter tells how much usage it has rejected. */
export function rejected(scope: ScopeId, atMs: number, requests: number): TestInput {
  return spendRecord({ kind: 'rejected', scope, pane_start: atMs, requests })
}

/** `meteredOffset`: up to where of the log itself the usage behind it is metered. */
export function tick(at: string | number, meteredOffset?: number): TestInput {
  const pane_start = typeof at === 'number' ? at : Date.parse(at)
  return spendRecord({
    kind: 'tick',
    pane_start,
    ...(meteredOffset === undefined ? {} : { metered_offset: meteredOffset }),
  })
}

type Lease = LeaseRequest['lease']

/** A gateway asks for credits of a scope, in credits. */
export function leaseRequest(
  scope: ScopeId,
  credits: number,
  { capCredits = 1_000, ...lease }: Partial<Lease> & { readonly capCredits?: number } = {},
): TestInput {
  return spendRecord({
    kind: 'lease_request',
    scope,
    pane_start: 0,
    lease: {
      holder: 'gateway-1',
      account: 1,
      returned_micro: 0,
      settled_micro: 0,
      number: 1,
      wanted_micro: credits * CREDIT,
      needed_micro: credits * CREDIT,
      reservation_ms: 60_000,
      control_offset: 1,
      caps: [{ limit_id: 'cap', period: 'month', cap_micro: capCredits * CREDIT }],
      ...lease,
    },
  })
}

export function leaseReturn(scope: ScopeId, lease: Partial<LeaseReport> = {}): TestInput {
  return spendRecord({
    kind: 'lease_return',
    scope,
    pane_start: 0,
    lease: { holder: 'gateway-1', account: 1, returned_micro: 0, settled_micro: 0, ...lease },
  })
}

export function answersIn(records: readonly LogRecord[]): LeaseAnswer[] {
  return records.map(({ value }) => spendLeaseCodec.decode((value ?? Buffer.alloc(0)).subarray(FRAME_BYTES)))
}

export function policy(offset: number, changes: Partial<BudgetPolicy> = {}): TestInput {
  const content: BudgetPolicy = {
    organization: 'acme',
    reporting_time_zone: 'Europe/Berlin',
    allocations: [allocation({})],
    ...changes,
  }
  return spendRecord({
    kind: 'policy',
    pane_start: 0,
    policy: JSON.stringify(content),
    policy_offset: offset,
  })
}

export function allocation(changes: Partial<Allocation>): Allocation {
  return {
    id: 'acme-bg-payments',
    scope: 'billing_group:payments',
    owner: 'Finance',
    monthly_credits_micro: 1_000 * CREDIT,
    reserve_credits_micro: 0,
    rollover: 0,
    soft_cap: null,
    hard_cap: 1,
    gl_account: '6100',
    approved_models: [],
    contacts: ['finance@example.com'],
    tiers: [],
    ...changes,
  }
}

export function ruleOf(
  rule: string,
  scope: AlertPolicy['scope'],
  changes: Partial<AlertPolicy>,
): AlertPolicy {
  return {
    id: `own-${rule}`,
    rule,
    scope,
    severity: 'warning',
    params: {},
    minimum_credits_micro: 0,
    notify: [],
    enabled: true,
    ...changes,
  }
}

/** A limit of 100 credits a day for each user. */
export function limitOf(changes: Partial<Limit> = {}): Limit {
  return {
    id: 'each-user',
    level: 'workspace',
    scope: 'org:acme',
    per: 'user',
    period: 'day',
    soft_cap_micro: null,
    hard_cap_micro: 100 * CREDIT,
    expires_at_ms: null,
    review_at_ms: null,
    on_owner_unreachable: 'open',
    reason: '',
    ...changes,
  }
}

/** What burn says of a log. */
export function alertsOf(log: readonly TestInput[]): SpendAlert[] {
  const driver = new TopologyTestDriver(burnTopology(SCHEMA_IDS))
  driver.pipe(log)
  return alertsIn(driver.read('spend.alert'))
}

export function alertsIn(records: readonly LogRecord[]): SpendAlert[] {
  return records.map(({ value }) => parseSpendAlert(value?.toString() ?? '').data)
}

/** The last state per scope, in the order of scopes. */
export function statesIn(records: readonly LogRecord[]): SpendState[] {
  const last = new Map<string, SpendState>()
  for (const { value } of records) {
    const state = spendStateCodec.decode((value ?? Buffer.alloc(0)).subarray(FRAME_BYTES))
    last.set(state.scope, state)
  }
  return [...last.values()].sort((a, b) => (a.scope < b.scope ? -1 : 1))
}
