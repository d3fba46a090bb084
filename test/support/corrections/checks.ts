import { scopeKind } from '@meterline/domain'
import { expect } from 'vitest'

import { eventually } from '../meterline.ts'
import { refreshViews } from '../refresh-views.ts'
import type { Meterline } from '../meterline.ts'
import { byDayTeamAndModel, byMonthAndModel, errorsByEndpoint, ordered } from './oracle.ts'
import type { Standing } from './oracle.ts'
import { figuresInSql, figuresInStream, readSpendStates } from './spend-states.ts'

const MICRO = 1_000_000
const micro = (column: string): string => `toInt64(sum(${column}) * ${MICRO})`

export async function rowsArrive(meterline: Meterline, rows: number): Promise<void> {
  await eventually(
    () => meterline.sql<{ rows: string }>('SELECT count() AS rows FROM usage'),
    ([row]) => row?.rows === String(rows),
    60_000,
  )
}

/** The table and both kinds of views hold what stands, to the micro-credit, by the calendar of the zone. */
export async function checkSql(
  meterline: Meterline,
  standing: readonly Standing[],
  timeZone: string,
): Promise<void> {
  const days = byDayTeamAndModel(standing, timeZone)
  const ofUsage = `SELECT concat(toString(toDate(timestamp, '${timeZone}')), '|', team, '|', model_name) AS key,
    concat(toString(sum(credits_micro)), ' in ', toString(sum(requests))) AS value FROM usage GROUP BY key`
  expect(await entries(meterline, ofUsage)).toEqual(days)
  const requests = standing.reduce((sum, each) => sum + each.requests, 0)
  for (const kind of ['live', 'mv']) {
    if (kind === 'mv') await refreshViews(meterline)
    await eventually(
      () => meterline.sql<{ sum: string }>(`SELECT sum(requests) AS sum FROM ${kind}_credits_by_team`),
      ([row]) => row?.sum === String(requests),
      90_000,
    )
    const byDay = `SELECT concat(toString(day), '|', team, '|', model_name) AS key,
      concat(toString(${micro('credits')}), ' in ', toString(sum(requests))) AS value FROM ${kind}_credits_by_team GROUP BY key`
    expect(await entries(meterline, byDay), kind).toEqual(days)
    await eventually(
      () => meterline.sql<{ sum: string }>(`SELECT sum(requests) AS sum FROM ${kind}_model_costs`),
      ([row]) => row?.sum === String(requests),
    )
    const byMonth = `SELECT concat(toString(month), '|', model_name) AS key,
      concat(toString(${micro('credits')}), ' in ', toString(sum(requests))) AS value FROM ${kind}_model_costs GROUP BY key`
    expect(await entries(meterline, byMonth), kind).toEqual(byMonthAndModel(standing, timeZone))
    const byEndpoint = `SELECT endpoint AS key, concat(toString(sum(errors)), ' in ', toString(sum(requests))) AS value FROM ${kind}_request_summary GROUP BY key`
    await eventually(
      () => entries(meterline, byEndpoint),
      (found) => [...found].join() === [...errorsByEndpoint(standing)].join(),
    )
  }
}

/** Every call has its latency once, and a correction none. */
export async function checkLatencies(meterline: Meterline, standing: readonly Standing[]): Promise<void> {
  const rows = await meterline.sql<{ latency: string }>(
    'SELECT toString(response_latency_ms) AS latency FROM usage WHERE response_latency_ms IS NOT NULL ORDER BY response_latency_ms',
  )
  const sent = standing.map(({ original }) => original.response_latency_ms ?? 0).sort((a, b) => a - b)
  expect(rows.map(({ latency }) => Number(latency))).toEqual(sent)
}

/** What `spend.state` says of every scope is what SQL says over `usage`, as of the same moment. */
export async function checkStates(meterline: Meterline, timeZone: string): Promise<void> {
  const compare = async () => {
    const states = [...(await readSpendStates(meterline)).values()]
    return Promise.all(
      states.map(async (state) => ({
        scope: state.scope,
        stream: figuresInStream(state),
        sql: await figuresInSql(meterline, state, timeZone),
      })),
    )
  }
  const compared = await eventually(
    compare,
    (found) =>
      found.length > 0 &&
      found.every(({ stream, sql }) => Object.keys(stream).every((name) => stream[name] === sql[name])),
    20_000,
  )
  const kinds = new Set(compared.map(({ scope }) => scopeKind(scope)))
  expect(kinds).toEqual(
    new Set([
      'allocation',
      'api_key',
      'billing_group',
      'department',
      'endpoint',
      'model',
      'org',
      'product',
      'project',
      'team',
      'user',
    ]),
  )
}

/** By reason. */
export async function rejectedByReason(meterline: Meterline): Promise<Record<string, string>> {
  const found = await entries(
    meterline,
    'SELECT reason AS key, toString(count()) AS value FROM rejected GROUP BY key',
  )
  return Object.fromEntries(found)
}

export async function checkReconciles(meterline: Meterline): Promise<void> {
  const result = JSON.parse(await meterline.cli('reconcile', '--all', '--json')) as {
    readonly holds: boolean
  }
  expect(result).toMatchObject({ holds: true, difference: 0 })
}

async function entries(meterline: Meterline, query: string): Promise<Map<string, string>> {
  const rows = await meterline.sql<{ key: string; value: string }>(query)
  return ordered(rows.map(({ key, value }) => [key, value] as const))
}
