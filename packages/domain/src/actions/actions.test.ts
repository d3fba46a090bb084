import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import type { SpendAlert } from '../alerts/spend-alert.ts'
import { createOrganizationView } from '../organization/organization-view.ts'
import { rateBookOf } from '../rates/rate-book-of.ts'
import { RateBook } from '../rates/rate-book.ts'
import type { ActionPolicy, ActionRun } from './action-entities.ts'
import { gatewayRule } from './gateway-rule.ts'
import { cheaperRelatives } from './model-families.ts'
import { actionRunId, planActions } from './plan-actions.ts'
import { suggestModels } from './suggest-model.ts'
import type { ModelUse } from './suggest-model.ts'
import { runsToTakeBack } from './take-back.ts'
import { ticketText } from './ticket-text.ts'

const AT_MS = Date.UTC(2026, 10, 21)

function alertOf(changes: Partial<SpendAlert> = {}): SpendAlert {
  return {
    event: 'spend.alert',
    id: 'alert_1',
    version: 1,
    state: 'firing',
    severity: 'critical',
    rule: 'budget_threshold',
    scope: 'team:payments',
    organization: 'acme',
    allocation_id: 'acme-payments',
    threshold: 0.9,
    current_usage: 900,
    current_usage_micro: 900_000_000,
    monthly_allocation: 1_000,
    monthly_allocation_micro: 1_000_000_000,
    observed: 0.9,
    baseline: null,
    z: null,
    window: 'month',
    period: '2026-11',
    at: '2026-11-21T00:00:00.000Z',
    superseded_by: null,
    drivers: [],
    action: { type: 'rate_limit', params: { scope: 'non-prod', max_rps: 10 } },
    notify: [],
    evidence: { sql: 'SELECT 1' },
    ...changes,
  }
}

function viewWith(...policies: readonly Partial<ActionPolicy>[]) {
  const view = createOrganizationView()
  view.entities.organization.set('acme', {
    id: 'acme',
    name: 'Acme',
    reporting_time_zone: 'UTC',
    unattributed: 'reject',
  })
  view.entities.department.set('product', { id: 'product', name: 'Product', billing_group: 'bg' })
  view.entities.team.set('payments', { id: 'payments', name: '', department: 'product', cost_center: '' })
  for (const [i, policy] of policies.entries()) {
    const id = policy.id ?? `policy-${i}`
    view.entities.action_policy.set(id, { scope: 'org:acme', automatic: [], dry_run: false, ...policy, id })
  }
  return view
}

describe('planning', () => {
  test('without a policy an action waits for a person, and is a dry run', () => {
    expect(planActions(viewWith(), alertOf(), AT_MS)).toMatchObject([
      {
        id: actionRunId('alert_1', 'rate_limit'),
        type: 'rate_limit',
        target: 'gateway',
        scope: 'allocation:acme-payments',
        state: 'planned',
        approved_by: null,
        dry_run: true,
        params: { max_rps: 10 },
      },
      { type: 'suggest_model', state: 'planned', params: {} },
    ])
  })

  test('the most specific policy lets run what it names, and nothing else', () => {
    const view = viewWith(
      { id: 'all', automatic: ['rate_limit', 'suggest_model'] },
      { id: 'group', scope: 'billing_group:bg', automatic: ['suggest_model'], dry_run: true },
    )
    const onTeam = alertOf({ allocation_id: null })
    expect(planActions(view, onTeam, AT_MS)).toMatchObject([
      { type: 'rate_limit', state: 'planned', dry_run: true },
      { type: 'suggest_model', state: 'approved', approved_by: 'policy:group' },
    ])
    const elsewhere = alertOf({ allocation_id: null, scope: 'team:unknown' })
    expect(planActions(view, elsewhere, AT_MS)).toMatchObject([
      { type: 'rate_limit', state: 'approved', approved_by: 'policy:all', dry_run: false },
      {},
    ])
  })

  test.each([
    ['rotate_key', {}, 'planned'],
    ['provider_disable_key', { provider: 'openai' }, 'planned'],
    ['provider_disable_key', { provider: 'anthropic' }, 'approved'],
    ['disable_key', {}, 'approved'],
  ] as const)(
    '%s with %j is %s: what nobody sees or can undo does not run by itself',
    (type, params, state) => {
      const view = viewWith({ automatic: ['rotate_key', 'provider_disable_key', 'disable_key'] })
      const alert = alertOf({ action: { type, params }, severity: 'warning' })
      expect(planActions(view, alert, AT_MS)).toMatchObject([{ type, state }])
    },
  )

  test('an alert and a type have one run; what is over, unknown or without an action has none', () => {
    const view = viewWith()
    const [first] = planActions(view, alertOf(), AT_MS)
    if (first === undefined) throw new Error('nothing was planned')
    view.entities.action_run.set(first.id, first)
    expect(planActions(view, alertOf({ version: 2 }), AT_MS + 1).map(({ type }) => type)).toEqual([
      'suggest_model',
    ])
    expect(planActions(view, alertOf({ id: 'alert_2', state: 'resolved' }), AT_MS)).toEqual([])
    expect(planActions(view, alertOf({ id: 'alert_2', action: null }), AT_MS)).toEqual([])
    const odd = { type: 'dance', params: {} }
    expect(planActions(view, alertOf({ id: 'alert_2', action: odd }), AT_MS)).toEqual([])
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        expect(actionRunId(a, 'block') === actionRunId(b, 'block')).toBe(a === b)
      }),
    )
  })
})

test('a rate limit and a block carry the run by which their undo finds them', () => {
  const [run] = planActions(viewWith(), alertOf(), AT_MS)
  if (run === undefined) throw new Error('nothing was planned')
  expect(gatewayRule({ ...run, params: { ...run.params, hours: 2 } })).toEqual({
    kind: 'rate_rule',
    id: run.id,
    data: {
      id: run.id,
      scope: 'allocation:acme-payments',
      environments: ['non-prod'],
      max_rps: 10,
      expires_at_ms: AT_MS + 7_200_000,
      set_by: run.id,
    },
  })
  expect(gatewayRule({ ...run, type: 'block', params: { scope: 'allocation' } })).toMatchObject({
    kind: 'block',
    data: { scope: 'allocation:acme-payments', expires_at_ms: null, set_by: run.id, reason: 'alert alert_1' },
  })
})

test.each([
  ['gpt-5', ['gpt-5-mini', 'gpt-5-nano']],
  ['gpt-5-2025-08-07', ['gpt-5-mini', 'gpt-5-nano']],
  ['gpt-5-mini', ['gpt-5-nano']],
  ['claude-opus-4-5-20251101', ['claude-sonnet-4-5', 'claude-haiku-4-5']],
  ['claude-3-5-sonnet-latest', ['claude-3-5-haiku']],
  ['gemini-2.5-pro', ['gemini-2.5-flash', 'gemini-2.5-flash-lite']],
] as const)('smaller relatives of %s', (model, names) => {
  expect(cheaperRelatives(model)).toEqual(expect.arrayContaining([...names]))
})

test.each(['gpt-5-nano', 'claude-haiku-4-5', 'gemini-2.5-flash-lite'])('%s is the smallest', (model) => {
  const uses = ['openai', 'anthropic', 'google'].map((provider) => use({ model, provider }))
  expect(suggestModels(uses, shipped())).toEqual([])
})

function use(changes: Partial<ModelUse> = {}): ModelUse {
  return {
    provider: 'openai',
    model: 'big',
    tier: 'standard',
    requests: 40,
    credits_micro: 100_000_000,
    metered_units: { tokens_input: 10_000_000, tokens_output: 1_000_000 },
    ...changes,
  }
}

const shipped = () => ({ rates: rateBookOf(createOrganizationView()), atMs: AT_MS, isAllowed: () => true })

describe('suggestions', () => {
  const entry = (model: string, rates: Record<string, number>) => ({
    provider: 'openai',
    models: [model],
    tier: 'standard',
    from_context_tokens: 0,
    effective_from_ms: 0,
    rates,
  })
  const rates = new RateBook([
    {
      id: 'own',
      version: 1,
      usd_micro_per_credit: 10_000,
      entries: [
        entry('big', { tokens_input: 6_000_000, tokens_output: 40_000_000 }),
        entry('big-mini', { tokens_input: 600_000, tokens_output: 4_000_000 }),
        entry('big-nano', { tokens_input: 60_000 }),
      ],
    },
  ])
  const of = { rates, atMs: AT_MS, isAllowed: () => true }

  test('the saving is the difference for the very same units', () => {
    // 10 M × 0.6 + 1 M × 4 credits a million; nano has no rate for output, so it is no answer.
    expect(suggestModels([use()], of)).toEqual([
      {
        provider: 'openai',
        from_model: 'big',
        to_model: 'big-mini',
        requests: 40,
        credits_micro: 100_000_000,
        would_be_micro: 10_000_000,
        saving_micro: 90_000_000,
      },
    ])
    const onlyInput = use({ credits_micro: 60_000_000, metered_units: { tokens_input: 10_000_000 } })
    expect(suggestModels([onlyInput], of)).toMatchObject([{ to_model: 'big-nano', would_be_micro: 600_000 }])
  })

  test('a model that is not allowed, or would cost no less, is not suggested; the largest saving is first', () => {
    expect(suggestModels([use()], { ...of, isAllowed: (model) => model !== 'big-mini' })).toEqual([])
    expect(suggestModels([use({ credits_micro: 10_000_000 })], of)).toEqual([])
    const dearer = use({ credits_micro: 200_000_000 })
    expect(suggestModels([use(), dearer], of).map(({ saving_micro }) => saving_micro)).toEqual([
      190_000_000, 90_000_000,
    ])
  })

  test('the shipped card knows smaller relatives of what is used most', () => {
    const mix = [use({ model: 'gpt-5' }), use({ provider: 'anthropic', model: 'claude-opus-4-5' })].map(
      (each) => ({
        ...each,
        credits_micro: 100_000_000_000,
      }),
    )
    expect(
      suggestModels(mix, shipped())
        .map(({ from_model }) => from_model)
        .sort(),
    ).toEqual(['claude-opus-4-5', 'gpt-5'])
  })
})

test('no name in a ticket begins a line of its own', () => {
  const alert = alertOf({
    drivers: [
      { dimension: 'model', value: 'x\n## Forged', credits_micro: 1_500_000, previous_credits_micro: 0 },
    ],
  })
  const run = { id: 'act-1', scope: 'team:payments', params: {} } as const
  const { body, label } = ticketText(run, alert, suggestModels([use({ model: 'gpt-5' })], shipped()))
  expect(body).toContain('- model x ## Forged: 1.5 credits')
  expect(body.split('\n').filter((line) => line.startsWith('## Forged'))).toEqual([])
  expect(label).toBe('meterline-act-1')
})

test('what a policy held up at the gateway ends with its alert; what a person did, and what is not done, stays', () => {
  const [planned] = planActions(viewWith({ automatic: ['rate_limit'] }), alertOf(), AT_MS)
  if (planned === undefined) throw new Error('nothing was planned')
  const done: ActionRun = { ...planned, state: 'done', undo: { kind: 'rate_rule', id: planned.id } }
  const takenBack = (run: ActionRun, state?: 'firing' | 'acknowledged' | 'resolved') =>
    runsToTakeBack([run], (id) => (id === 'alert_1' ? state : undefined)).length === 1
  expect(takenBack(done, 'resolved')).toBe(true)
  expect([takenBack(done, 'firing'), takenBack(done, 'acknowledged'), takenBack(done)]).toEqual([
    false,
    false,
    false,
  ])
  const stays: readonly Partial<ActionRun>[] = [
    { approved_by: 'user:lead' },
    { state: 'undone' },
    { undo: null },
    { type: 'ticket' },
    { alert_id: null },
  ]
  for (const changes of stays) expect(takenBack({ ...done, ...changes }, 'resolved')).toBe(false)
})
