import { describe, expect, test } from 'vitest'

import type { ControlChange } from '../control/control-event.ts'
import { pathOfProject } from '../organization/organization-path.ts'
import type { ScopeId } from '../scope/scope.ts'
import { blockFor, modelRefusal, rateRuleFor } from './access-rules.ts'
import { allocation, put, sampleView } from './sample-view.test-data.ts'

const NOON = Date.parse('2026-11-21T11:00:00Z')

type Change = ControlChange

function given(environment: string, ...changes: readonly Change[]) {
  const key = put('api_key', {
    id: 'key_1',
    project: 'assistant',
    environment,
    status: 'active',
    labels_from: 'registry',
    labels: {},
    may_send_for_others: false,
    secret_prefix: '',
    secret_salt: '',
    secret_hash: '',
  })
  const view = sampleView(key, ...changes)
  const path = pathOfProject(view, 'assistant')
  if (path === undefined) throw new Error('the sample has the project')
  return { view, subject: { path, user: 'ada', apiKey: 'key_1' } }
}

const block = (id: string, scope: ScopeId, expires_at_ms: number | null = null) =>
  put('block', { id, scope, reason: 'stop', expires_at_ms, set_by: null })

test.each<[ScopeId, boolean]>([
  ['api_key:key_1', true],
  ['user:ada', true],
  ['allocation:bg-payments', true],
  ['project:assistant', true],
  ['team:checkout-web', true],
  ['department:checkout', true],
  ['billing_group:payments', true],
  ['org:org-1234', true],
  ['model:gpt-5', true],
  ['team:risk', false],
  ['user:grace', false],
  ['model:gpt-5-mini', false],
])('a block of %s holds: %s', (scope, holds) => {
  const { view, subject } = given('prod', allocation({}), block('b', scope))
  expect(blockFor(view, { ...subject, model: 'gpt-5' }, NOON)?.id).toBe(holds ? 'b' : undefined)
})

test('a block ends by itself', () => {
  const { view, subject } = given('prod', block('b', 'team:checkout-web', NOON))
  expect(blockFor(view, { ...subject, model: 'm' }, NOON - 1)?.id).toBe('b')
  expect(blockFor(view, { ...subject, model: 'm' }, NOON)).toBeUndefined()
})

describe('models', () => {
  const allow = (id: string, scope: ScopeId, environments: string[], ...allowed_models: string[]) =>
    put('model_policy', { id, scope, environments, allowed_models })
  const refused = (environment: string, model: string, ...changes: Change[]) => {
    const { view, subject } = given(environment, ...changes)
    return modelRefusal(view, { ...subject, model })?.id
  }

  test('without a policy every model may be called', () => expect(refused('prod', 'gpt-5')).toBeUndefined())

  test('the most specific policy holds, by name or prefix', () => {
    const org = allow('org', 'org:org-1234', [], 'gpt-5')
    const team = allow('team', 'team:checkout-web', [], 'gpt-5-mini*')
    expect(refused('prod', 'gpt-5', org, team)).toBe('team')
    expect(refused('prod', 'gpt-5-mini-2026', org, team)).toBeUndefined()
    expect(refused('prod', 'gpt-5', org)).toBeUndefined()
  })

  test('a policy for the environment holds before one for all', () => {
    const all = allow('all', 'team:checkout-web', [], 'gpt-5')
    const dev = allow('dev', 'team:checkout-web', ['dev'], 'gpt-5-nano')
    expect(refused('dev', 'gpt-5', all, dev)).toBe('dev')
    expect(refused('prod', 'gpt-5', all, dev)).toBeUndefined()
  })

  test('what the allocation approves holds beside it', () => {
    const org = allow('org', 'org:org-1234', [], 'gpt-5', 'o3')
    const approved = allocation({ approved_models: ['gpt-5'] })
    expect(refused('prod', 'o3', org, approved)).toBe('bg-payments')
    expect(refused('prod', 'gpt-5', org, approved)).toBeUndefined()
  })
})

describe('rates', () => {
  const rule = (
    id: string,
    max_rps: number,
    environments: string[],
    scope: ScopeId = 'billing_group:payments',
  ) => put('rate_rule', { id, scope, environments, max_rps, expires_at_ms: NOON, set_by: null })
  const rate = (environment: string, atMs: number, ...changes: Change[]) => {
    const { view, subject } = given(environment, ...changes)
    return rateRuleFor(view, subject, atMs)?.id
  }

  test('the lowest that applies holds, until it expires', () => {
    const rules = [
      rule('high', 10, []),
      rule('low', 1, [], 'api_key:key_1'),
      rule('other', 0.1, [], 'team:risk'),
    ]
    expect(rate('prod', NOON - 1, ...rules)).toBe('low')
    expect(rate('prod', NOON, ...rules)).toBeUndefined()
  })

  test('non-prod means all but prod', () => {
    const nonProd = rule('non-prod', 10, ['non-prod'])
    expect(rate('prod', 0, nonProd)).toBeUndefined()
    expect(rate('staging', 0, nonProd)).toBe('non-prod')
    expect(rate('', 0, nonProd)).toBe('non-prod')
  })
})
