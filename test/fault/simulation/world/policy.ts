import type { BudgetPolicy } from '@meterline/domain'

import { allocation } from '../../../../services/processor/src/burn/burn-log.test-data.ts'

/** Two teams with the same small budget, so that most runs cross thresholds. */
export function budgetPolicy(monthlyCreditsMicro: number): BudgetPolicy {
  const budget = { monthly_credits_micro: monthlyCreditsMicro }
  return {
    organization: 'acme',
    reporting_time_zone: 'UTC',
    allocations: [
      allocation({ ...budget, id: 'acme-payments', scope: 'team:payments' }),
      allocation({ ...budget, id: 'acme-support', scope: 'team:support' }),
    ],
  }
}
