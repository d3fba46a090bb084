import type { SpendAlert } from '@meterline/domain'
import colors from 'picocolors'

import { creditsText, percentText } from '../output/format.ts'
import { printable } from '../output/printable.ts'

const SEVERITY_COLORS = {
  info: colors.cyan,
  warning: colors.yellow,
  critical: colors.red,
  hard_cap: colors.magenta,
} as const

/** One line for people: when, how bad, whose, and what happened in words. */
export function alertText(alert: SpendAlert): string {
  const severity = SEVERITY_COLORS[alert.severity](alert.severity.replace('_', ' ').padEnd(8))
  const state = alert.state === 'firing' ? '' : colors.dim(` (${alert.state})`)
  return `${alert.at.slice(0, 19).replace('T', ' ')}  ${severity}  ${printable(alert.scope)}  ${reasonOf(alert)}${state}`
}

function reasonOf(alert: SpendAlert): string {
  const spent = creditsText(alert.current_usage_micro)
  switch (alert.rule) {
    case 'budget_threshold':
      return `${percentText(alert.threshold)} of ${creditsText(alert.monthly_allocation_micro ?? 0)} credits for ${alert.period} reached: ${spent}`
    case 'daily_forecast':
      return `${percentText(alert.threshold)} of what ${alert.period} was forecast to burn: ${spent} credits`
    case 'month_over_month':
      return `${percentText(alert.threshold)} above the same days of last month: ${spent} credits`
    case 'anomaly_daily':
      return `unusual day ${alert.period}: ${spent} credits, z = ${alert.z?.toFixed(2) ?? 'unknown'}${driverText(alert)}`
    case 'anomaly_seasonal':
      return `unusual for this time of the week: ${creditsOf(alert.observed)} credits, score ${alert.z?.toFixed(1) ?? alert.threshold}${driverText(alert)}`
    case 'anomaly_weekly':
      return `${percentText(alert.observed)} more in seven days than in the weeks before: ${spent} credits${driverText(alert)}`
    case 'burn_rate':
      return `${alert.observed.toFixed(1)} times the even pace of the budget over ${alert.window}: ${spent} credits`
    case 'silence':
      return `no usage, where ${creditsText(alert.baseline?.mean ?? 0)} credits are usual`
    case 'unrated_usage':
      return `${alert.observed} requests have no rate`
    case 'rejected_usage':
      return `${alert.observed} requests were rejected, and are in no budget`
    case 'limit_reached':
      return `${percentText(alert.threshold)} of the limit reached: ${spent} credits (${printable(alert.about ?? '')})`
    case 'grant_expiring':
      return `${creditsText(alert.baseline?.mean ?? 0)} credits expire in ${alert.observed} days (${printable(alert.about ?? '')})`
    case 'limit_review':
      return `a limit is to be reviewed since ${alert.period} (${printable(alert.about ?? '')})`
  }
}

function driverText({ drivers }: SpendAlert): string {
  const top = drivers[0]
  return top === undefined ? '' : `, driven by ${top.dimension} ${printable(top.value)}`
}

function creditsOf(credits: number): string {
  return creditsText(Math.round(credits * 1_000_000))
}
