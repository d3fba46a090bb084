import type { ScopeKind } from '../../scope/scope.ts'
import type { AlertPolicy } from '../alert-entities.ts'

const CREDIT_MICRO = 1_000_000
const LEVELS: readonly ScopeKind[] = ['org', 'billing_group', 'department', 'team', 'project']

type Shipped = Omit<AlertPolicy, 'id' | 'scope' | 'notify'> & { readonly name: string }

const on = { enabled: true, minimum_credits_micro: 0 } as const

/** Three pairs of windows: a budget gone in two days, in five, and before its month is over. */
const BURN_RATES: readonly Shipped[] = [
  {
    ...on,
    name: 'burn-rate-1h',
    rule: 'burn_rate',
    severity: 'critical',
    params: { factor: 14.4, long: '1h', short: '5m' },
    minimum_credits_micro: 100 * CREDIT_MICRO,
  },
  {
    ...on,
    name: 'burn-rate-6h',
    rule: 'burn_rate',
    severity: 'critical',
    params: { factor: 6, long: '6h', short: '30m' },
    minimum_credits_micro: 100 * CREDIT_MICRO,
  },
  {
    ...on,
    name: 'burn-rate-3d',
    rule: 'burn_rate',
    severity: 'warning',
    params: { factor: 1, long: '3d', short: '6h' },
    minimum_credits_micro: 500 * CREDIT_MICRO,
  },
]

const warning = (name: string, rule: AlertPolicy['rule']): Shipped => ({
  ...on,
  name,
  rule,
  severity: 'warning',
  params: {},
})

function shipped(policy: Shipped, kinds: readonly ScopeKind[]): AlertPolicy[] {
  const { name, ...rest } = policy
  return kinds.map((kind) => ({ id: `default:${name}:${kind}`, scope: `${kind}:*`, notify: [], ...rest }))
}

/**
 * What is on without anybody having said so. Month-over-month is a tier of every allocation that states no others; for scopes
 * without an allocation it is off until a policy says otherwise.
 */
export const DEFAULT_ALERT_POLICIES: readonly AlertPolicy[] = [
  ...BURN_RATES.flatMap((policy) => shipped(policy, LEVELS)),
  ...shipped(warning('anomaly-daily', 'anomaly_daily'), LEVELS),
  ...shipped(warning('anomaly-seasonal', 'anomaly_seasonal'), LEVELS),
  ...shipped(
    { ...warning('anomaly-weekly', 'anomaly_weekly'), minimum_credits_micro: 100 * CREDIT_MICRO },
    LEVELS,
  ),
  ...shipped({ ...warning('silence', 'silence'), minimum_credits_micro: 20 * CREDIT_MICRO }, ['team']),
  ...shipped(warning('unrated-usage', 'unrated_usage'), ['org']),
  ...shipped(warning('rejected-usage', 'rejected_usage'), ['org']),
  ...shipped(warning('limit-reached', 'limit_reached'), [...LEVELS, 'user', 'api_key']),
  ...shipped(warning('grant-expiring', 'grant_expiring'), ['org']),
  ...shipped({ ...warning('limit-review', 'limit_review'), severity: 'info' }, [
    ...LEVELS,
    'user',
    'api_key',
  ]),
]
