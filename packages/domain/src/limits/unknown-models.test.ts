import { expect, test } from 'vitest'

import { allocation, put, sampleView } from './sample-view.test-data.ts'
import { unknownModels } from './unknown-models.ts'

const TEAM = 'team:checkout-web'
const policy = (...allowed_models: readonly string[]) =>
  put('model_policy', { id: 'p', scope: TEAM, environments: [], allowed_models })
const block = (scope: 'model:gpt-5o-mini' | 'model:gpt-5' | 'team:risk') =>
  put('block', { id: 'b', scope, reason: 'stop', expires_at_ms: null, set_by: null })
const ownRates = put('rate_card', {
  id: 'own',
  version: 1,
  usd_micro_per_credit: 10_000,
  entries: [
    {
      provider: 'ours',
      models: ['summarizer', 'summarizer-*'],
      tier: 'standard',
      from_context_tokens: 0,
      effective_from_ms: 0,
      rates: {},
    },
  ],
})

test('a mistyped model is told with its field, what was likely meant, what it does and the way out', () => {
  const view = sampleView(policy('gpt-5*', 'gpt-5-mni'))
  expect(unknownModels(view, { model_policy: ['p'] })).toEqual([
    {
      code: 'unknown_model',
      message: expect.stringMatching(
        /^no rate card names the model "gpt-5-mni": if it is mistyped, the model that was meant is not allowed; nearest: gpt-5-mini(, gpt-[^ ]+){0,2}$/,
      ),
      field: 'allowed_models.1',
      about: { kind: 'model_policy', id: 'p' },
      hint: expect.stringContaining('rate_cards'),
    },
  ])
})

test('whatever allows a model or forbids it is looked at, and of blocks only those of models', () => {
  const view = sampleView(allocation({ approved_models: ['gpt5'] }), block('model:gpt-5o-mini'))
  const found = unknownModels(view, { allocation: ['bg-payments'], block: ['b'] })
  expect(found.map(({ field, about }) => [about.kind, field])).toEqual([
    ['allocation', 'approved_models.0'],
    ['block', 'scope'],
  ])
  expect(unknownModels(sampleView(block('model:gpt-5')), { block: ['b'] })).toEqual([])
  expect(unknownModels(sampleView(block('team:risk')), { block: ['b'] })).toEqual([])
  expect(unknownModels(view, { model_policy: ['nobody'] })).toEqual([])
})

test('the cards of the organization make a model known, whenever their rates begin', () => {
  const models = policy('summarizer', 'summarizer-2', 'summ*')
  expect(unknownModels(sampleView(models), { model_policy: ['p'] })).toHaveLength(3)
  expect(unknownModels(sampleView(models, ownRates), { model_policy: ['p'] })).toEqual([])
})

test('a list in which everything is wrong is told in part', () => {
  const view = sampleView(policy(...Array.from({ length: 1_000 }, (_, at) => `nothing-like-it-${at}`)))
  expect(unknownModels(view, { model_policy: ['p'] })).toHaveLength(20)
})
