import { TOPICS } from '@meterline/contract'
import type { Topology } from '@meterline/topology'
import { topology } from '@meterline/topology'

import type { BurnReports } from './burn-reports.ts'
import { checkBudgets } from './processors/check-budgets.ts'
import { checkRules } from './processors/check-rules.ts'
import { grantLeases } from './processors/grant-leases.ts'
import type { BurnSchemaIds } from './state/burn-records.ts'
import { rollWindows } from './processors/roll-windows.ts'
import { scoreAnomalies } from './processors/score-anomalies.ts'

export interface BurnTopics {
  readonly spendDelta: string
  readonly spendAlert: string
  readonly spendLease: string
  readonly spendState: string
  readonly burnChangelog: string
}

export const BURN_TOPICS: BurnTopics = {
  spendDelta: TOPICS.spendDelta.name,
  spendAlert: TOPICS.spendAlert.name,
  spendLease: TOPICS.spendLease.name,
  spendState: TOPICS.spendState.name,
  burnChangelog: TOPICS.burnChangelog.name,
}

/** What each scope spends over rolling windows, what is unusual in it, and which budgets it crosses. */
export function burnTopology(
  schemaIds: BurnSchemaIds,
  topics: BurnTopics = BURN_TOPICS,
  reports: Partial<BurnReports> = {},
): Topology {
  return topology('burn')
    .from(topics.spendDelta)
    .through('roll-windows', rollWindows(schemaIds, reports), {
      restoreFrom: [{ topic: topics.burnChangelog }],
    })
    .through('grant-leases', grantLeases(schemaIds))
    .through('score-anomalies', scoreAnomalies)
    .through('check-rules', checkRules)
    .through('check-budgets', checkBudgets)
    .to(topics.spendAlert, {
      lease: topics.spendLease,
      state: topics.spendState,
      changelog: topics.burnChangelog,
    })
}
