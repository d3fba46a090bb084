import { createOrganizationView } from '@meterline/domain'
import { beforeAll, expect, test } from 'vitest'

import { ownDatabase } from '../../../../test/support/own-database.ts'
import { readModelMix } from './model-mix.ts'
import { suggestionsFrom } from './suggestions.ts'

const NOW_MS = Date.UTC(2026, 10, 21, 12)
const database = ownDatabase('mix')
const view = createOrganizationView()
view.entities.organization.set('acme', {
  id: 'acme',
  name: 'Acme',
  reporting_time_zone: 'UTC',
  unattributed: 'reject',
})

beforeAll(async () => {
  const rows = [
    // Two calls of gpt-5: 1 M in at 125, 0.1 M out at 1,000 credits a million, each.
    ...[1, 2].map((hours) => row({ model: 'gpt-5', hours, input: 1_000_000, output: 100_000, credits: 225 })),
    row({ model: 'gpt-5-nano', hours: 1, input: 1_000, output: 0, credits: 0.005 }),
    row({ model: 'gpt-5', hours: 24 * 8, input: 9_000_000, output: 0, credits: 1_125 }),
    row({ model: 'gpt-5', hours: 1, input: 9_000_000, output: 0, credits: 1_125, team: "o'reilly" }),
    row({ model: 'gpt-5', hours: 1, input: 5, output: 0, credits: 0, rating: 'unrated' }),
  ]
  await database.clickhouse.command(
    'INSERT INTO usage (timestamp, request_id, provider, model_name, organization, team, tier, metered_units, rating, credits_micro)' +
      ` VALUES ${rows.join(', ')}`,
  )
})

let requests = 0

function row(of: {
  readonly model: string
  readonly hours: number
  readonly input: number
  readonly output: number
  readonly credits: number
  readonly team?: string
  readonly rating?: string
}): string {
  const { model, hours, input, output, credits, team = 'payments', rating = 'rated' } = of
  requests += 1
  const at = `fromUnixTimestamp64Milli(${NOW_MS - hours * 3_600_000})`
  const units = `map('tokens_input', ${input}, 'tokens_output', ${output})`
  const name = team.replaceAll("'", "\\'")
  return `(${at}, 'r${requests}', 'openai', '${model}', 'acme', '${name}', 'standard', ${units}, '${rating}', ${Math.round(credits * 1_000_000)})`
}

test('the mix of a scope in the last seven days, by model, as it was rated', async () => {
  expect(await readModelMix(database.clickhouse, { view, scope: 'team:payments', nowMs: NOW_MS })).toEqual([
    {
      provider: 'openai',
      model: 'gpt-5',
      tier: 'standard',
      requests: 2,
      credits_micro: 450_000_000,
      metered_units: { tokens_input: 2_000_000, tokens_output: 200_000 },
    },
    expect.objectContaining({ model: 'gpt-5-nano', requests: 1, credits_micro: 5_000 }),
  ])
  expect(
    await readModelMix(database.clickhouse, { view, scope: "team:o'reilly", nowMs: NOW_MS }),
  ).toMatchObject([{ credits_micro: 1_125_000_000 }])
})

test('what a smaller model would have saved, at the rates of the shipped card', async () => {
  const suggestions = suggestionsFrom(database.clickhouse, { view, nowMs: () => NOW_MS })
  // gpt-5-nano: 5 and 40 credits a million: 10 + 8 for the same units.
  expect(await suggestions('team:payments')).toEqual([
    {
      provider: 'openai',
      from_model: 'gpt-5',
      to_model: 'gpt-5-nano',
      requests: 2,
      credits_micro: 450_000_000,
      would_be_micro: 18_000_000,
      saving_micro: 432_000_000,
    },
  ])
})
