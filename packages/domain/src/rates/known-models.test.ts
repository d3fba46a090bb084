import { describe, expect, test } from 'vitest'

import { DEFAULT_RATE_CARD } from './default-rate-card.ts'
import { knownModels } from './known-models.ts'
import type { RateCard } from './rate-card.ts'

const card = (...models: readonly string[]): RateCard => ({
  id: 'own',
  version: 1,
  usd_micro_per_credit: 10_000,
  entries: [
    { provider: 'p', models, tier: 'batch', from_context_tokens: 0, effective_from_ms: 9e15, rates: {} },
  ],
})

describe('a model is known', () => {
  const known = knownModels([card('small', 'large-*'), card('ft:*')])

  test.each([
    ['small', true],
    ['large-2', true],
    ['large-*', true],
    ['ft:anything', true],
    ['smal', false],
    ['small-2', false],
    ['Small', false],
    ['large', false],
    ['', false],
  ])('%j by its name, or the prefix that it begins with: %s', (name, isKnown) => {
    expect(known.has(name)).toBe(isKnown)
  })

  test.each([
    ['*', true],
    ['sm*', true],
    ['small*', true],
    ['large-2026*', true],
    ['lar*', true],
    ['smaller*', false],
    ['medium*', false],
  ])('%j when some model that begins so may have a rate: %s', (name, isKnown) => {
    expect(known.has(name)).toBe(isKnown)
  })
})

test('of the shipped card, what is one mistake away is named first, whatever the mistake', () => {
  const { has, nearest } = knownModels([DEFAULT_RATE_CARD])
  for (const mistaken of ['gpt-5-mni', 'gpt5-mini', 'GPT-5-mini', 'gpt-5-minii', 'gpt5-mini*']) {
    expect([mistaken, has(mistaken), nearest(mistaken)[0]]).toEqual([mistaken, false, 'gpt-5-mini'])
  }
  expect(nearest('gpt-5-mni').length).toBeLessThanOrEqual(3)
  expect(nearest('claude-opus-4-5')).toContain('claude-opus-4-5*')
})

test('what is like no other has nothing near it', () => {
  const { nearest } = knownModels([DEFAULT_RATE_CARD])
  expect(nearest('our-own-summarizer')).toEqual([])
  expect(nearest('gpt-5-mini'.repeat(1_000))).toEqual([])
})
