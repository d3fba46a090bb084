import { scopeCondition, sqlText } from '../scope/scope-column.ts'
import type { ScopeId } from '../scope/scope.ts'
import { HISTORY_LOOKBACK_DAYS } from '../windows/day-totals.ts'
import { BASELINE_DAYS, MIN_HISTORY_DAYS } from './daily-z.ts'

export interface DailyZQuery {
  readonly scope: ScopeId
  /** Today is the calendar day of this instant, milliseconds since the epoch, in `timeZone`. */
  readonly asOfMs: number
  readonly timeZone: string
}

/**
 * The daily z-score over the ClickHouse table `usage`: one row `credits_today, mean, stddev` (micro-credits), `samples`,
 * `z` (NULL when undefined) and `state` as in `SpendState.z_daily_state`. Equal to the stream's figure: history begins on the
 * first day with usage of the 61 before today, and from then on a day without usage counts 0.
 */
export function dailyZSql({ scope, asOfMs, timeZone }: DailyZQuery): string {
  const today = `toDate(fromUnixTimestamp64Milli(toInt64(${Math.floor(asOfMs)})), ${sqlText(timeZone)})`
  return `WITH
  ${today} AS today,
  daily AS (
    SELECT toDate(timestamp, ${sqlText(timeZone)}) AS day, sum(credits_micro) AS credits
    FROM usage
    WHERE ${scopeCondition(scope)}
      AND toDate(timestamp, ${sqlText(timeZone)}) BETWEEN today - ${HISTORY_LOOKBACK_DAYS} AND today
    GROUP BY day
  ),
  history AS (
    SELECT if(countIf(day < today) = 0, 0, least(${BASELINE_DAYS}, toInt32(today - minIf(day, day < today)))) AS days,
           sumIf(credits, day = today) AS credits_today
    FROM daily
  ),
  filled AS (
    SELECT calendar.day AS day, toFloat64(daily.credits) AS credits
    FROM (SELECT today - 1 - number AS day FROM numbers(${BASELINE_DAYS}) WHERE number < (SELECT days FROM history)) AS calendar
    LEFT JOIN daily ON daily.day = calendar.day
    SETTINGS join_use_nulls = 0
  )
SELECT (SELECT credits_today FROM history) AS credits_today,
       if(count() = 0, 0, avg(credits)) AS mean,
       if(count() < 2, 0, stddevSampStable(credits)) AS stddev,
       count() AS samples,
       if(samples < ${MIN_HISTORY_DAYS} OR stddev = 0, NULL, (credits_today - mean) / stddev) AS z,
       multiIf(samples < ${MIN_HISTORY_DAYS}, 'too_little_history', stddev = 0, 'zero_deviation', '') AS state
FROM filled`
}
