import {
  findProvider,
  type MatchLogic,
  type ModelInfo,
  type ModelPrice,
  type TieredPrices,
} from '@pydantic/genai-prices'
import { readFileSync, writeFileSync } from 'node:fs'

import type { RateCard, RateEntry } from '../src/rates/rate-card.ts'

/**
 * Writes the shipped rate card from the price library: `pnpm --filter @meterline/domain import-prices YYYY-MM-DD`.
 * The date, and the library's version, become part of the card's id and stay there until someone imports again and reviews
 * the difference. The library's prices are floats; each is converted once, through its shortest decimal form.
 */
const PROVIDERS = ['anthropic', 'google', 'openai']
const USD_MICRO_PER_CREDIT = 10_000
const CREDITS_PER_USD = 100n
const OUTPUT = new URL('../src/rates/default-card.json', import.meta.url)

/** The library's price to our meter, and how many of our units it is for. */
const METERS: Readonly<Record<string, { readonly meter: string; readonly perUnits: bigint }>> = {
  input_mtok: { meter: 'tokens_input', perUnits: 1_000_000n },
  cache_read_mtok: { meter: 'tokens_input_cached', perUnits: 1_000_000n },
  cache_write_mtok: { meter: 'tokens_input_cache_write', perUnits: 1_000_000n },
  cache_write_1h_mtok: { meter: 'tokens_input_cache_write_1h', perUnits: 1_000_000n },
  input_audio_mtok: { meter: 'tokens_input_audio', perUnits: 1_000_000n },
  output_mtok: { meter: 'tokens_output', perUnits: 1_000_000n },
  output_audio_mtok: { meter: 'tokens_output_audio', perUnits: 1_000_000n },
  web_searches_kcount: { meter: 'web_searches', perUnits: 1_000n },
  storage_searches_kcount: { meter: 'file_searches', perUnits: 1_000n },
  audio_hours: { meter: 'audio_seconds', perUnits: 3_600n },
  input_audio_hours: { meter: 'audio_seconds', perUnits: 3_600n },
}

const date = process.argv[2] ?? ''
if (!/^\d{4}-\d{2}-\d{2}$/.test(date)) throw new Error('say the date of the import: YYYY-MM-DD')
const card: RateCard = {
  id: `genai-prices-${libraryVersion()}-${date}`,
  version: Number(date.replaceAll('-', '')),
  usd_micro_per_credit: USD_MICRO_PER_CREDIT,
  entries: PROVIDERS.flatMap(entriesOfProvider),
}
const lines = card.entries.map((entry) => `    ${JSON.stringify(entry)}`).join(',\n')
writeFileSync(
  OUTPUT,
  `${JSON.stringify({ ...card, entries: [] }, null, 2).replace('[]', `[\n${lines}\n  ]`)}\n`,
)
process.stdout.write(`${card.id}: ${card.entries.length} entries\n`)

function entriesOfProvider(providerId: string): RateEntry[] {
  const provider = findProvider({ providerId })
  if (provider === undefined) throw new Error(`the library knows no provider ${providerId}`)
  return provider.models
    .filter((model) => model.deprecated !== true)
    .flatMap((model) => entriesOfModel(providerId, model))
}

function entriesOfModel(provider: string, model: ModelInfo): RateEntry[] {
  const models = [...new Set([model.id, ...namesOf(model.match)])].sort()
  const history = Array.isArray(model.prices) ? model.prices : [{ prices: model.prices }]
  return history.flatMap(({ constraint, prices }) => {
    // Prices by time of day are not part of a rate key here; none of these providers has them.
    if (constraint !== undefined && constraint.type !== 'start_date') return []
    const effective_from_ms = constraint === undefined ? 0 : Date.parse(`${constraint.start_date}T00:00:00Z`)
    return contextsOf(prices).map((from_context_tokens) => ({
      provider,
      models,
      tier: 'standard',
      from_context_tokens,
      effective_from_ms,
      rates: ratesOf(prices, from_context_tokens),
    }))
  })
}

/** `contains` and the like cannot be said as a name or prefix; such models are found by their other names. */
function namesOf(match: MatchLogic): string[] {
  if ('or' in match) return match.or.flatMap(namesOf)
  if ('equals' in match) return [match.equals]
  if ('starts_with' in match) return [`${match.starts_with}*`]
  if ('regex' in match) return datedSnapshots(match.regex)
  return []
}

/** `^gpt-5\.6-\d{4}-\d{2}-\d{2}$` is a model's dated snapshots: `gpt-5.6-*`. */
function datedSnapshots(regex: string): string[] {
  const prefix = /^\^([\w\\.-]+-)\\d\{4\}-\\d\{2\}-\\d\{2\}\$$/.exec(regex)?.[1]
  return prefix === undefined ? [] : [`${prefix.replaceAll('\\', '')}*`]
}

// The library takes a tier when there are more tokens than `start`; ours says from how many on.
function contextsOf(prices: ModelPrice): number[] {
  const starts = Object.values(prices).flatMap((price) =>
    isTiered(price) ? price.tiers.map((tier) => tier.start + 1) : [],
  )
  return [...new Set([0, ...starts])].sort((a, b) => a - b)
}

function ratesOf(prices: ModelPrice, contextTokens: number): Record<string, number> {
  const rates: Record<string, number> = {}
  for (const [name, price] of Object.entries(prices)) {
    const meter = METERS[name]
    if (meter !== undefined && price !== undefined) {
      rates[meter.meter] = creditsMicroPerMillion(priceAt(price, contextTokens), meter.perUnits)
    }
  }
  return rates
}

function priceAt(price: number | TieredPrices, contextTokens: number): number {
  if (!isTiered(price)) return price
  return price.tiers.findLast((tier) => tier.start < contextTokens)?.price ?? price.base
}

/** Dollars per `perUnits` units as micro-credits per million units. Throws when that is no integer. */
function creditsMicroPerMillion(usd: number, perUnits: bigint): number {
  const [whole = '0', fraction = ''] = String(usd).split('.')
  if (!/^\d+$/.test(whole + fraction)) throw new Error(`cannot read the price ${usd}`)
  const numerator = BigInt(whole + fraction) * CREDITS_PER_USD * 1_000_000n * 1_000_000n
  const denominator = 10n ** BigInt(fraction.length) * perUnits
  if (numerator % denominator !== 0n) throw new Error(`${usd} dollars per ${perUnits} is no integer rate`)
  return Number(numerator / denominator)
}

function isTiered(price: number | TieredPrices | undefined): price is TieredPrices {
  return typeof price === 'object'
}

function libraryVersion(): string {
  const manifest = new URL('../package.json', import.meta.resolve('@pydantic/genai-prices'))
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }
  return version
}
