import { evidenceSql } from '@meterline/domain'

import { ORGANIZATION } from './generate-usage.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const TEAM_AIM_MS = 50
const DRIVERS_AIM_MS = 200
const EVIDENCE_AIM_MS = 100
/** A team of middling size. */
const TEAM = 'team-12'

export interface Question {
  readonly name: string
  readonly sql: string
  readonly aimP95Ms: number
}

/** What people ask of the table, with the SQL that the product gives them: its views, and what an alert carries. */
export function questions(endMs: number): Question[] {
  const weekAgoMs = endMs - 7 * DAY_MS
  const drivers = (dimension: string, where = ''): string =>
    `SELECT ${dimension}, sum(credits_micro) AS micro, count() AS requests FROM usage` +
    ` WHERE organization = '${ORGANIZATION}'${where} AND timestamp >= fromUnixTimestamp64Milli(toInt64(${weekAgoMs}))` +
    ` GROUP BY ${dimension} ORDER BY micro DESC LIMIT 10`
  const evidence = (scope: `${'team' | 'project' | 'user' | 'api_key'}:${string}`, spanMs: number): string =>
    evidenceSql({
      organization: ORGANIZATION,
      scope,
      fromMs: endMs - DAY_MS - spanMs,
      toMs: endMs - DAY_MS,
    })
  const monthAgo = new Date(endMs - 30 * DAY_MS).toISOString().slice(0, 10)
  const byTeam = (view: string): string =>
    `SELECT team, sum(credits) AS spent, sum(requests) AS calls FROM ${view} WHERE day >= '${monthAgo}' GROUP BY team ORDER BY spent DESC`
  return [
    { name: 'teams, 30 days, mv_credits_by_team', sql: byTeam('mv_credits_by_team'), aimP95Ms: TEAM_AIM_MS },
    {
      name: 'teams, 30 days, live_credits_by_team',
      sql: byTeam('live_credits_by_team'),
      aimP95Ms: TEAM_AIM_MS,
    },
    ...['model_name', 'api_key_id', 'endpoint', 'user_id'].flatMap((dimension) => [
      {
        name: `top 10 of the week by ${dimension}, everybody`,
        sql: drivers(dimension),
        aimP95Ms: DRIVERS_AIM_MS,
      },
      {
        name: `top 10 of the week by ${dimension}, one team`,
        sql: drivers(dimension, ` AND team = '${TEAM}'`),
        aimP95Ms: DRIVERS_AIM_MS,
      },
    ]),
    {
      name: 'evidence of a spike, team, 15 minutes',
      sql: evidence(`team:${TEAM}`, HOUR_MS / 4),
      aimP95Ms: EVIDENCE_AIM_MS,
    },
    {
      name: 'evidence of a day, team',
      sql: evidence(`team:${TEAM}`, DAY_MS),
      aimP95Ms: EVIDENCE_AIM_MS,
    },
    {
      name: 'evidence of a month, team',
      sql: evidence(`team:${TEAM}`, 30 * DAY_MS),
      aimP95Ms: EVIDENCE_AIM_MS,
    },
    {
      name: 'evidence of a month, project',
      sql: evidence(`project:${TEAM}-1`, 30 * DAY_MS),
      aimP95Ms: EVIDENCE_AIM_MS,
    },
    {
      name: 'evidence of a spike, user, 15 minutes',
      sql: evidence('user:u_2001', HOUR_MS / 4),
      aimP95Ms: EVIDENCE_AIM_MS,
    },
  ]
}
