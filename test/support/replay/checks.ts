import { expect } from 'vitest'

import type { Meterline } from '../meterline.ts'
import { eventually } from '../meterline.ts'
import { REFRESHED_VIEWS } from '../refresh-views.ts'
import type { Malformed } from './malformed.ts'
import { creditsByDayAndTeam, sumBy } from './oracle.ts'
import type { ReplayPlan } from './plan.ts'

export interface Expected {
  readonly plan: ReplayPlan
  readonly timeZone: string
  readonly offsetMs: number
}

const sorted = <T>(entries: Iterable<readonly [string, T]>) =>
  [...entries].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))

export async function rowsArrive(meterline: Meterline, plan: ReplayPlan): Promise<void> {
  const expected = String(plan.distinct.length)
  await eventually(
    () => meterline.sql<{ rows: string }>('SELECT count() AS rows FROM usage'),
    ([row]) => row?.rows === expected,
    180_000,
  )
}

/** Rows are the distinct valid events, and their credits are those of the oracle, to the micro-credit. */
export async function checkUsage(
  meterline: Meterline,
  { plan, timeZone, offsetMs }: Expected,
): Promise<void> {
  const [counts] = await meterline.sql<{ rows: string; ids: string; unrated: string }>(
    `SELECT count() AS rows, uniqExact(api_key_id, request_id) AS ids, countIf(rating != 'rated') AS unrated FROM usage`,
  )
  expect(counts).toEqual({
    rows: String(plan.distinct.length),
    ids: String(plan.distinct.length),
    unrated: '0',
  })

  const byDay = await meterline.sql<{ day: string; team: string; micro: string }>(
    `SELECT toString(toDate(timestamp, '${timeZone}')) AS day, team, sum(credits_micro) AS micro FROM usage GROUP BY day, team`,
  )
  expect(sorted(byDay.map(({ day, team, micro }) => [`${day}|${team}`, BigInt(micro)] as const))).toEqual(
    sorted(creditsByDayAndTeam(plan.distinct, offsetMs)),
  )
}

/** The reports say what the table says, the refreshed ones and the live ones alike. */
export async function checkViews(
  meterline: Meterline,
  { plan, timeZone, offsetMs }: Expected,
): Promise<void> {
  const micro = (column: string) => `toInt64(sum(${column}) * 1000000)`
  const truth = sorted(creditsByDayAndTeam(plan.distinct, offsetMs))
  const byModel = sorted(sumBy(plan.distinct, ({ model_name }) => model_name))
  // A refreshed view is at most a minute old.
  for (const view of REFRESHED_VIEWS) {
    await eventually(
      () => meterline.sql<{ requests: string }>(`SELECT sum(requests) AS requests FROM ${view}`),
      ([row]) => row?.requests === String(plan.distinct.length),
    )
  }
  for (const view of [
    'mv_credits_by_team',
    'live_credits_by_team',
    'mv_forecast_inputs',
    'live_forecast_inputs',
  ]) {
    const rows = await meterline.sql<{ day: string; team: string; micro: string }>(
      `SELECT toString(day) AS day, team, ${micro('credits')} AS micro FROM ${view} GROUP BY day, team`,
    )
    expect(sorted(rows.map((row) => [`${row.day}|${row.team}`, BigInt(row.micro)] as const)), view).toEqual(
      truth,
    )
  }
  for (const view of ['mv_model_costs', 'live_model_costs']) {
    const rows = await meterline.sql<{ model_name: string; micro: string; usd: string }>(
      `SELECT model_name, ${micro('credits')} AS micro, ${micro('cost_usd')} AS usd FROM ${view} WHERE provider = 'acme-ai' GROUP BY model_name`,
    )
    expect(sorted(rows.map((row) => [row.model_name, BigInt(row.micro)] as const)), view).toEqual(byModel)
    const fromTable = await meterline.sql<{ model_name: string; usd: string }>(
      'SELECT model_name, sum(cost_usd_micro) AS usd FROM usage GROUP BY model_name',
    )
    expect(sorted(rows.map((row) => [row.model_name, row.usd] as const)), view).toEqual(
      sorted(fromTable.map((row) => [row.model_name, row.usd] as const)),
    )
  }
  for (const view of ['mv_request_summary', 'live_request_summary']) {
    const rows = await meterline.sql<{ hour: string; endpoint: string; requests: string; errors: string }>(
      `SELECT toString(toUnixTimestamp(hour)) AS hour, ifNull(endpoint, '') AS endpoint, sum(requests) AS requests, sum(errors) AS errors FROM ${view} GROUP BY hour, endpoint ORDER BY hour, endpoint`,
    )
    const fromTable = await meterline.sql(
      `SELECT toString(toUnixTimestamp(toStartOfHour(timestamp, '${timeZone}'))) AS hour, ifNull(endpoint, '') AS endpoint, count() AS requests, countIf(error_code IS NOT NULL) AS errors FROM usage GROUP BY hour, endpoint ORDER BY hour, endpoint`,
    )
    expect(rows, view).toEqual(fromTable)
  }
}

/** Each malformed event is there with its reason; what came through Kafka also with its place in the source. */
export async function checkRejected(meterline: Meterline, malformed: readonly Malformed[]): Promise<void> {
  const expected = sorted(
    Map.groupBy(malformed, ({ channel, reason }) => `${channel}|${reason}`)
      .entries()
      .map(([key, group]) => [key, String(group.length)] as const),
  )
  // A producer that repeats a request after a crash may have its bad event refused twice: distinct content counts.
  const rows = await eventually(
    () =>
      meterline.sql<{ channel: string; reason: string; events: string }>(
        `SELECT if(stage = 'gateway', 'http', 'kafka') AS channel, reason, uniqExact(ifNull(source_partition, -1), ifNull(source_offset, -1), key, value) AS events FROM rejected GROUP BY channel, reason`,
      ),
    (answer) => answer.reduce((sum, { events }) => sum + Number(events), 0) >= malformed.length,
  )
  expect(sorted(rows.map((row) => [`${row.channel}|${row.reason}`, row.events] as const))).toEqual(expected)
  const [bare] = await meterline.sql<{ rows: string }>(
    `SELECT count() AS rows FROM rejected WHERE error = '' OR (stage != 'gateway' AND (source_topic != 'usage.events' OR source_offset IS NULL))`,
  )
  expect(bare?.rows).toBe('0')
}
