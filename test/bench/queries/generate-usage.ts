import type { Clickhouse } from '@meterline/clickhouse'

export const ORGANIZATION = 'bench'
export const DAYS = 90
const DAY_MS = 86_400_000
const TEAMS = 120
const USERS = 20_000
const CUSTOMERS = 2_000
/** One part each. */
const BLOCK_ROWS = 1_200_000
const INSERT_TIMEOUT_MS = 600_000

export interface Generation {
  readonly rows: number
  /** Start of the day after the newest one, in milliseconds. */
  readonly endMs: number
  readonly signal: AbortSignal
  readonly say: (line: string) => void
}

/**
 * Fills `usage` inside ClickHouse: ninety days, 120 teams of very different sizes, 20,000 users, eight models, the office hours
 * and the weekend of a company. The same numbers give the same rows. Days that are there already are passed over, so what
 * was broken off can be taken up again.
 */
export async function generateUsage(clickhouse: Clickhouse, generation: Generation): Promise<void> {
  const { rows, endMs, signal, say } = generation
  const perDay = Math.ceil(rows / DAYS)
  const present = await rowsByDay(clickhouse)
  // Days that were broken off, or of another size.
  for (const [day, there] of present) if (there !== perDay) await deleteDay(clickhouse, day)
  // One merge at the end in place of several on the way.
  await clickhouse.command('SYSTEM STOP MERGES usage')
  for (let back = DAYS; back >= 1; back -= 1) {
    const dayMs = endMs - back * DAY_MS
    const day = new Date(dayMs).toISOString().slice(0, 10)
    if (present.get(day) === perDay) continue
    const blocks = Array.from({ length: Math.ceil(perDay / BLOCK_ROWS) }, (_, block) => ({
      from: (DAYS - back) * perDay + block * BLOCK_ROWS,
      count: Math.min(BLOCK_ROWS, perDay - block * BLOCK_ROWS),
    }))
    for (const block of blocks) {
      signal.throwIfAborted()
      await clickhouse.command(insertOf(block, dayMs), {
        settings: INSERT_SETTINGS,
        timeoutMs: INSERT_TIMEOUT_MS,
        signal,
      })
    }
    if (back % 10 === 1) say(`${day}: ${DAYS - back + 1} of ${DAYS} days`)
  }
  await clickhouse.command('SYSTEM START MERGES usage')
}

async function rowsByDay(clickhouse: Clickhouse): Promise<Map<string, number>> {
  const days = await clickhouse.rows<{ day: string; rows: number }>(
    'SELECT toString(toDate(timestamp)) AS day, count() AS rows FROM usage GROUP BY day',
    { timeoutMs: INSERT_TIMEOUT_MS },
  )
  return new Map(days.map(({ day, rows }) => [day, rows]))
}

async function deleteDay(clickhouse: Clickhouse, day: string): Promise<void> {
  await clickhouse.command(`ALTER TABLE usage DELETE WHERE toDate(timestamp) = '${day}'`, {
    settings: { mutations_sync: 2 },
    timeoutMs: INSERT_TIMEOUT_MS,
  })
}

const INSERT_SETTINGS = {
  max_threads: 1,
  max_insert_threads: 1,
  max_block_size: BLOCK_ROWS,
  min_insert_block_size_rows: BLOCK_ROWS,
  min_insert_block_size_bytes: 1_000_000_000,
}

/** A number from 0 to 1 that depends on the row and on the salt alone. */
const uniform = (salt: number): string => `(cityHash64(n, ${salt}) / 18446744073709551616)`

function insertOf(block: { readonly from: number; readonly count: number }, dayMs: number): string {
  return `
INSERT INTO usage
    (request_id, timestamp, api_key_id, provider, model_name, operation_type, units, usage_labels, response_latency_ms,
     error_code, user_id, customer_id, endpoint, prompt_version, product, ingested_at, source_offset, attribution, organization,
     billing_group, department, team, project, environment, cost_center, allocation_id, tier, metered_units, rates,
     rate_card_id, rate_card_version, rating, credits_micro, cost_usd_micro, _partition, _offset)
WITH
    number AS n,
    -- A tenth of the teams has most of the traffic.
    toUInt32(floor(${TEAMS} * pow(${uniform(1)}, 2.5))) AS team_index,
    -- Office hours: half of a day's traffic within a third of it.
    toInt64(if(${uniform(2)} < 0.5, 28800000 + ${uniform(3)} * 28800000, ${uniform(3)} * 86400000)) AS in_day,
    fromUnixTimestamp64Milli(toInt64(${dayMs}) + in_day, 'UTC') AS at,
    exp(6 + 2.4 * (${uniform(4)} + ${uniform(5)} + ${uniform(6)} - 1.5)) AS input,
    toFloat64(toInt64(input)) AS input_tokens,
    toFloat64(toInt64(input / 3)) AS cached_tokens,
    toFloat64(toInt64(60 + 500 * pow(${uniform(7)}, 3))) AS output_tokens,
    toUInt32(floor(8 * pow(${uniform(8)}, 1.6))) AS model_index,
    toUInt32(cityHash64(n, 9) % 3) AS key_index,
    concat('team-', toString(team_index)) AS team_name,
    if(key_index = 2, 'dev', 'prod') AS environment_name,
    toInt64(pow(2, 8 - model_index)) AS price,
    toInt64((input_tokens - cached_tokens) * price + cached_tokens * price / 10 + output_tokens * price * 5) AS micro
SELECT
    concat('req_', hex(cityHash64(n, 10))),
    at,
    concat('key_', toString(team_index), '_', toString(key_index)),
    if(model_index < 4, 'openai', 'anthropic'),
    concat('model-', toString(model_index)),
    'completion',
    map('tokens_input', input_tokens, 'tokens_input_cached', cached_tokens, 'tokens_output', output_tokens),
    map('team', team_name, 'cost_center', concat('CC-', toString(team_index)), 'project', concat(team_name, '-app'), 'environment', environment_name),
    toInt64(180 + output_tokens * 5),
    if(${uniform(11)} < 0.01, 'timeout', NULL),
    concat('u_', toString(toUInt32(team_index * ${USERS / TEAMS} + floor(${Math.floor(USERS / TEAMS)} * pow(${uniform(12)}, 2))))),
    concat('customer-', toString(cityHash64(n, 13) % ${CUSTOMERS})),
    concat('endpoint-', toString(toUInt32(24 * pow(${uniform(14)}, 2)))),
    concat('v', toString(cityHash64(n, 15) % 6)),
    'api',
    at + toIntervalMillisecond(40),
    toInt64(n),
    'key_registry',
    '${ORGANIZATION}',
    concat('group-', toString(team_index % 4)),
    concat('department-', toString(team_index % 12)),
    team_name,
    concat(team_name, '-', toString(key_index)),
    environment_name,
    concat('CC-', toString(team_index)),
    concat('allocation-', toString(team_index)),
    'standard',
    map('tokens_input', input_tokens - cached_tokens, 'tokens_input_cached', cached_tokens, 'tokens_output', output_tokens),
    map('tokens_input', price * 1000000, 'tokens_input_cached', intDiv(price * 1000000, 10), 'tokens_output', price * 5000000),
    'bench-rates',
    1,
    'rated',
    micro,
    micro * 10000 / 1000000,
    toInt32(n % 8),
    toInt64(intDiv(n, 8))
FROM numbers(${block.from}, ${block.count})`
}
