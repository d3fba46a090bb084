import { TOPICS } from '@meterline/contract'
import type { Topology } from '@meterline/topology'
import { topology } from '@meterline/topology'

import { checkBudgets } from './processors/check-budgets.ts'
import type { BurnSchemaIds } from './processors/roll-windows.ts'
import { rollWindows } from './processors/roll-windows.ts'
import { scoreAnomalies } from './processors/score-anomalies.ts'

/** What each scope spends over rolling windows, what is unusual in it, and which budgets it crosses. */
export function burnTopology(schemaIds: BurnSchemaIds): Topology {
  return topology('burn')
    .from(TOPICS.spendDelta.name)
    .through('roll-windows', rollWindows(schemaIds), {
      restoreFrom: [{ topic: TOPICS.burnChangelog.name }],
    })
    .through('score-anomalies', scoreAnomalies)
    .through('check-budgets', checkBudgets)
    .to(TOPICS.spendAlert.name, {
      state: TOPICS.spendState.name,
      changelog: TOPICS.burnChangelog.name,
    })
}
