import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import type { AlertPolicy } from '../alert-entities.ts'
import { AlertPolicies } from './alert-policies.ts'
import { alertPolicyProblem } from './alert-policy-problem.ts'
import { DEFAULT_ALERT_POLICIES } from './default-policies.ts'

const POLICY: AlertPolicy = {
  id: 'p',
  rule: 'burn_rate',
  scope: 'team:*',
  severity: 'critical',
  params: { factor: 10, long: '6h', short: '30m' },
  minimum_credits_micro: 0,
  notify: [],
  enabled: true,
}
const fieldOf = (changes: Partial<AlertPolicy>) => alertPolicyProblem({ ...POLICY, ...changes })?.field

describe('a policy', () => {
  test('is one, and so is each that is shipped', () => {
    expect(fieldOf({})).toBeUndefined()
    expect(DEFAULT_ALERT_POLICIES.flatMap((policy) => alertPolicyProblem(policy) ?? [])).toEqual([])
  })

  test.each<[string, Partial<AlertPolicy>]>([
    ['rule', { rule: 'moon_phase' }],
    ['rule', { rule: 'budget_threshold' }],
    ['rule', { rule: 'constructor' }],
    ['scope', { scope: 'planet:*' as never }],
    ['scope', { scope: 'team:' }],
    ['scope', { scope: 'team' as never }],
    ['params.factor', { params: { factor: Number.NaN } }],
    ['params.factor', { params: { factor: -1 } }],
    ['params.factor', { params: { factor: '10' } }],
    ['params.long', { params: { long: '2h' } }],
    ['params.short', { params: { long: '1h', short: '6h' } }],
    ['params.short', { params: { long: '1h', short: '1h' } }],
    ['params.pace', { params: { pace: 1 } }],
    ['params.__proto__', { params: JSON.parse('{"__proto__": 1}') as AlertPolicy['params'] }],
    ['params.factor', { rule: 'anomaly_seasonal', params: { factor: 2 } }],
    ['minimum_credits_micro', { minimum_credits_micro: -1 }],
    ['minimum_credits_micro', { minimum_credits_micro: 0.5 }],
    ['minimum_credits_micro', { minimum_credits_micro: Infinity }],
    ['notify', { notify: [''] }],
    ['notify', { notify: Array.from({ length: 21 }, () => 'x') }],
  ])('is refused with the field named: %s', (field, changes) => {
    expect(fieldOf(changes)).toBe(field)
  })

  test('of any nonsense is refused or can be run: nothing of it fails later', () => {
    const value = fc.oneof(fc.double(), fc.string(), fc.boolean())
    fc.assert(
      fc.property(
        fc.record({
          rule: fc.oneof(fc.string(), fc.constantFrom('burn_rate', 'silence', 'unrated_usage')),
          params: fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('factor', 'long', 'short')), value),
          minimum_credits_micro: fc.double(),
        }),
        (changes) => {
          const policy = { ...POLICY, ...changes }
          const refused = alertPolicyProblem(policy)
          expect(refused === undefined || typeof refused.field === 'string').toBe(true)
          expect(() => new AlertPolicies([policy]).of('team:core', 'burn_rate')).not.toThrow()
        },
      ),
    )
  })
})

describe('which policy holds', () => {
  const ids = (own: readonly AlertPolicy[], scope: AlertPolicy['scope'] = 'team:core') =>
    new AlertPolicies(own).of(scope, 'burn_rate').map(({ id }) => id)
  const shipped = ['default:burn-rate-1h:team', 'default:burn-rate-6h:team', 'default:burn-rate-3d:team']

  test('the shipped ones, where there is none', () => {
    expect(ids([])).toEqual(shipped)
    expect(ids([], 'user:ada')).toEqual([])
  })

  test('that of the scope over that of its kind over the shipped one, each pair of windows for itself', () => {
    const one = { ...POLICY, id: 'one', scope: 'team:core' } as const
    expect(ids([POLICY])).toEqual(['p', shipped[0], shipped[2]])
    expect(ids([POLICY, one])).toEqual(['one', shipped[0], shipped[2]])
    expect(ids([POLICY, one], 'team:other')).toEqual(['p', shipped[0], shipped[2]])
  })

  test('one that is switched off holds too', () => {
    expect(ids([{ ...POLICY, enabled: false }])).toEqual([shipped[0], shipped[2]])
  })
})
