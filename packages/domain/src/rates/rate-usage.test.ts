import { describe, expect, test } from 'vitest'

import { DEFAULT_RATE_CARD } from './default-rate-card.ts'
import { RateBook } from './rate-book.ts'
import type { RateCard, RateEntry } from './rate-card.ts'
import { rateUsage } from './rate-usage.ts'

describe('rateUsage', () => {
  test('splits the cached part from the total', () => {
    const result = rate([entry({})], {
      units: { tokens_input: 1523, tokens_input_cached: 1024, tokens_output: 311 },
    })
    expect(result).toEqual({
      kind: 'rating',
      rating: {
        tier: 'standard',
        metered_units: { tokens_input: 499, tokens_input_cached: 1024, tokens_output: 311 },
        rates: { tokens_input: 25_000_000, tokens_input_cached: 2_500_000, tokens_output: 200_000_000 },
        rate_card_id: 'card',
        rate_card_version: 7,
        rating: 'rated',
        unrated_meters: [],
        // 499 × 25 + 1024 × 2.5 + 311 × 200 = 77,235 micro-credits
        credits_micro: 77_235,
        cost_usd_micro: 772,
      },
    })
  })

  test('splits a cache write where it has a rate, and leaves it in the total where it has none', () => {
    const units = { tokens_input: 100, tokens_input_cache_write: 40 }
    const priced = entry({ rates: { tokens_input: 25_000_000, tokens_input_cache_write: 31_250_000 } })
    expect(rating([priced], { units }).metered_units).toEqual({
      tokens_input: 60,
      tokens_input_cache_write: 40,
    })
    expect(rating([entry({})], { units })).toMatchObject({
      metered_units: { tokens_input: 100 },
      rating: 'rated',
    })
  })

  test('refuses a part that is larger than its total', () => {
    const result = rate([entry({})], { units: { tokens_input: 10, tokens_input_cached: 11 } })
    expect(result).toMatchObject({
      rejection: {
        reason: 'invalid_field',
        stage: 'rate',
        error: expect.stringContaining('tokens_input is 10'),
      },
    })
  })

  test('never rates an unknown model or meter as free in silence', () => {
    expect(rating([entry({})], { model_name: 'new-model' })).toMatchObject({
      rating: 'unrated',
      unrated_meters: ['tokens_input'],
      credits_micro: 0,
      rate_card_id: '',
    })
    expect(rating([entry({})], { units: { tokens_input: 1, sessions: 2 } })).toMatchObject({
      rating: 'unrated',
      unrated_meters: ['sessions'],
      credits_micro: 25,
    })
    expect(rating([entry({})], { units: { tokens_input: 1, sessions: 0 } }).rating).toBe('rated')
    expect(rating([entry({})], { usage_labels: { service_tier: 'batch' } })).toMatchObject({
      tier: 'batch',
      rating: 'unrated',
    })
  })

  test.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])(
    'a meter that is called %s has no rate, like any other that nobody priced',
    (meter) => {
      const units = Object.fromEntries([
        ['tokens_input', 2],
        [meter, 3],
      ])
      expect(rating([entry({})], { units })).toMatchObject({
        rating: 'unrated',
        unrated_meters: [meter],
        credits_micro: 50,
      })
    },
  )

  test('refuses credits that no safe integer holds', () => {
    expect(rate([entry({ rates: { tokens_input: 1e15 } })], { units: { tokens_input: 1e15 } }).kind).toBe(
      'rejection',
    )
  })
})

describe('the entry that applies', () => {
  const cardOf = (...changes: Partial<RateEntry>[]) =>
    changes.map((change, at) => entry({ ...change, rates: { tokens_input: at } }))
  const applied = (entries: RateEntry[], event: object) => rating(entries, event).rates['tokens_input']

  test('is the latest at or before the time of the event', () => {
    const entries = cardOf(
      { effective_from_ms: 0 },
      { effective_from_ms: 1_000 },
      { effective_from_ms: 2_000 },
    )
    expect([999, 1_000, 1_999, 2_000].map((timestamp) => applied(entries, { timestamp }))).toEqual([
      0, 1, 1, 2,
    ])
  })

  test('has the largest context that fits, of the latest date alone', () => {
    const entries = cardOf(
      {},
      { from_context_tokens: 200 },
      { from_context_tokens: 100 },
      { effective_from_ms: 9_000 },
    )
    const at = (tokens_input: number, timestamp = 0) =>
      applied(entries, { timestamp, units: { tokens_input } })
    expect([at(99), at(100), at(199), at(200), at(200, 9_000)]).toEqual([0, 2, 2, 1, 3])
  })

  test('is named exactly, or else by the longest prefix', () => {
    const entries = cardOf(
      { models: ['gpt-*'] },
      { models: ['gpt-5-mini-*'] },
      { models: ['gpt-5-mini-2025'] },
      { models: ['gpt-5*'] },
    )
    const of = (model_name: string) => applied(entries, { model_name })
    expect([of('gpt-4'), of('gpt-5'), of('gpt-5-mini-x'), of('gpt-5-mini-2025')]).toEqual([0, 3, 1, 2])
  })

  test("comes from the organization's own card before the shipped one", () => {
    const own = { ...card([entry({})]), id: 'own' }
    const other = { ...card([entry({ models: ['other'] })]), id: 'other' }
    const book = new RateBook([other, own, card([entry({ rates: { tokens_input: 9 } })])])
    expect(book.candidates({ provider: 'openai', model: 'gpt-5-mini', tier: 'standard' })[0]?.card.id).toBe(
      'own',
    )
  })
})

describe('the shipped card', () => {
  test('has integer rates, known tiers and no entry without names', () => {
    for (const { models, rates, from_context_tokens, effective_from_ms } of DEFAULT_RATE_CARD.entries) {
      expect(models.length).toBeGreaterThan(0)
      expect(Number.isSafeInteger(from_context_tokens) && Number.isSafeInteger(effective_from_ms)).toBe(true)
      for (const rate of Object.values(rates)) expect(Number.isSafeInteger(rate) && rate >= 0).toBe(true)
    }
  })

  test.each([
    [
      'openai',
      'gpt-5-mini',
      { tokens_input: 25_000_000, tokens_input_cached: 2_500_000, tokens_output: 200_000_000 },
    ],
    ['anthropic', 'claude-sonnet-5', { tokens_input: 200_000_000, tokens_input_cache_write: 250_000_000 }],
    ['openai', 'text-embedding-3-small', { tokens_input: 2_000_000 }],
    ['openai', 'whisper-1', { audio_seconds: 10_000_000_000 }],
  ])('prices %s %s', (provider, model, rates) => {
    const found = new RateBook([DEFAULT_RATE_CARD]).candidates({ provider, model, tier: 'standard' })
    expect(found[0]?.entry.rates).toMatchObject(rates)
  })

  test('knows that o3 became cheaper, and that long contexts cost more', () => {
    const book = new RateBook([DEFAULT_RATE_CARD])
    const credits = (model_name: string, day: string, tokens_input: number) => {
      const timestamp = Date.parse(`${day}T00:00:00Z`)
      const result = rateUsage(book, {
        provider: 'openai',
        model_name,
        timestamp,
        units: { tokens_input },
        usage_labels: {},
      })
      return result.kind === 'rating' ? result.rating.credits_micro : undefined
    }
    expect(credits('o3', '2025-06-09', 1_000)).toBe(1_000_000)
    expect(credits('o3', '2025-06-10', 1_000)).toBe(200_000)
    expect(credits('gpt-5.4', '2026-11-21', 271_999)).toBe(67_999_750)
    expect(credits('gpt-5.4', '2026-11-21', 272_000)).toBe(136_000_000)
  })
})

function entry(changes: Partial<RateEntry>): RateEntry {
  return {
    provider: 'openai',
    models: ['gpt-5-mini'],
    tier: 'standard',
    from_context_tokens: 0,
    effective_from_ms: 0,
    rates: { tokens_input: 25_000_000, tokens_input_cached: 2_500_000, tokens_output: 200_000_000 },
    ...changes,
  }
}

function card(entries: RateEntry[]): RateCard {
  return { id: 'card', version: 7, entries, usd_micro_per_credit: 10_000 }
}

function rate(entries: RateEntry[], changes: Partial<Parameters<typeof rateUsage>[1]>) {
  return rateUsage(new RateBook([card(entries)]), {
    provider: 'openai',
    model_name: 'gpt-5-mini',
    timestamp: 5_000,
    units: { tokens_input: 1 },
    usage_labels: {},
    ...changes,
  })
}

function rating(entries: RateEntry[], changes: Partial<Parameters<typeof rateUsage>[1]>) {
  const result = rate(entries, changes)
  if (result.kind === 'rejection') throw new Error(result.rejection.error)
  return result.rating
}
