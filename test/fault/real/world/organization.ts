import { replayOrganization } from '../../../support/replay/organization.ts'

/** Budgets of both billing groups; every tier is one of the month, whose moment only the events decide. */
export function faultsOrganization(options: {
  readonly timeZone: string
  readonly monthlyCredits: Readonly<Record<'payments' | 'support', number>>
}): string {
  const { timeZone, monthlyCredits } = options
  return replayOrganization({
    timeZone,
    budgets: (['payments', 'support'] as const).map((billingGroup) => ({
      billingGroup,
      monthlyCredits: monthlyCredits[billingGroup],
    })),
  }).replace(
    '  - { severity: info, basis: daily_forecast, threshold_percent: 50 }\n',
    '  - { severity: info, basis: monthly_allocation, threshold_percent: 50 }\n',
  )
}

/** `scope|severity|threshold` of every budget alert that has to come, once. */
export const EXPECTED_TIERS: readonly string[] = ['payments', 'support'].flatMap((group) =>
  [
    ['info', 0.5],
    ['warning', 0.7],
    ['critical', 0.9],
    ['hard_cap', 1],
  ].map(([severity, threshold]) => `billing_group:${group}|${severity}|${threshold}`),
)
