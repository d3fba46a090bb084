import { readOrganization } from '@meterline/control-log'
import {
  backtestRule,
  budgetPolicyOf,
  historyPane,
  MAX_HISTORY_PANES,
  spendHistorySql,
} from '@meterline/domain'

import { CliError } from '../cli-error.ts'
import { openConnection } from '../connection/connection.ts'
import { firingsText } from './firings-text.ts'
import { rulePolicy } from './rule-policy.ts'
import type { RuleWords } from './rule-policy.ts'

const DAY_MS = 86_400_000
const TIMEOUT_MS = 120_000

export interface RuleFlags extends Omit<RuleWords, 'rule'> {
  readonly days: number
  readonly learn: number
  readonly timeZone: string
  readonly json?: boolean
  readonly stateDir?: string
}

/** The rule over the usage that ClickHouse holds, with the allocations and limits as they are now. */
export async function backtestFromHistory(flags: RuleFlags & { readonly rule: string }): Promise<void> {
  const policy = rulePolicy(flags)
  const connection = openConnection(flags)
  const kafka = connection.openKafka()
  const clickhouse = connection.openClickhouseReader()
  try {
    const budgets = budgetPolicyOf(await readOrganization(kafka))
    const toMs = Date.now()
    const fromMs = toMs - flags.days * DAY_MS
    const sql = spendHistorySql({
      organization: budgets.organization,
      scope: policy.scope,
      fromMs: fromMs - flags.learn * DAY_MS,
      toMs,
    })
    const rows = await clickhouse.rows<Record<string, unknown>>(sql, { timeoutMs: TIMEOUT_MS })
    if (rows.length > MAX_HISTORY_PANES) {
      throw new CliError(
        `more than ${MAX_HISTORY_PANES} panes of usage: name one --scope, or fewer --days and --learn`,
      )
    }
    const firings = backtestRule({ policy, budgets, panes: rows.map(historyPane), fromMs, toMs })
    console.log(firingsText(firings, flags.json === true))
  } finally {
    await Promise.all([kafka.close(), clickhouse.close()])
  }
}
