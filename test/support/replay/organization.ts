/** The small organization that the replay tests charge. Two billing groups, five teams, nine keys, rates of its own. */
export interface ReplayKey {
  readonly id: string
  readonly team: string
  readonly billingGroup: string
  readonly project: string
  readonly environment: string
  readonly costCenter: string
}

const TEAMS = [
  { team: 'payments', billingGroup: 'payments', costCenter: 'CC-1200' },
  { team: 'fraud', billingGroup: 'payments', costCenter: 'CC-1210' },
  { team: 'helpdesk', billingGroup: 'support', costCenter: 'CC-2100' },
  { team: 'chatbot', billingGroup: 'support', costCenter: 'CC-2200' },
  // Spends once a day, so that the score at the moment of its one spike is also the score of the whole day.
  { team: 'nightly', billingGroup: 'support', costCenter: 'CC-2300' },
] as const

export const REPLAY_TEAMS = TEAMS.map(({ team }) => team)

export const REPLAY_KEYS: readonly ReplayKey[] = TEAMS.flatMap(({ team, billingGroup, costCenter }) =>
  (team === 'nightly' ? ['prod'] : ['prod', 'dev']).map((environment) => ({
    id: `key_${team}_${environment}`,
    team,
    billingGroup,
    project: `${team}-app`,
    environment,
    costCenter,
  })),
)

/** Credits per million units; the oracle computes with these and nothing else. */
export const REPLAY_RATES: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  'model-large': { tokens_input: 250, tokens_input_cached: 25, tokens_output: 1_500 },
  'model-medium': { tokens_input: 25, tokens_input_cached: 2.5, tokens_output: 200 },
  'model-small': { tokens_input: 5, tokens_input_cached: 0.5, tokens_output: 40.75 },
}

export interface ReplayBudget {
  readonly billingGroup: string
  readonly monthlyCredits: number
}

/** Organization file (YAML). `budgets` are the monthly allocations of the two billing groups. */
export function replayOrganization(options: {
  readonly timeZone: string
  readonly budgets: readonly ReplayBudget[]
}): string {
  return `organization:
  id: replay
  name: Replay
  reporting_time_zone: ${options.timeZone}
billing_groups:
${['payments', 'support'].map(billingGroupYaml).join('\n')}
keys:
${REPLAY_KEYS.map((key) => `  - { id: ${key.id}, project: ${key.project}, environment: ${key.environment} }`).join('\n')}
alert_tiers:
  - { severity: info, basis: daily_forecast, threshold_percent: 50 }
  - { severity: warning, basis: monthly_allocation, threshold_percent: 70 }
  - { severity: critical, basis: monthly_allocation, threshold_percent: 90 }
  - { severity: hard_cap, basis: monthly_allocation, threshold_percent: 100 }
allocations:
${options.budgets
  .map(
    ({ billingGroup, monthlyCredits }) =>
      `  - { id: replay-bg-${billingGroup}, scope: 'billing_group:${billingGroup}', owner: Finance, monthly_credits: ${monthlyCredits}, gl_account: '6100', contacts: [finance@example.com] }`,
  )
  .join('\n')}
label_policies:
  - { id: stage, label: stage, required: false, allowed_values: [blue] }
rate_cards:
  - id: replay-rates
    version: 1
    entries:
${Object.entries(REPLAY_RATES)
  .map(
    ([model, rates]) =>
      `      - { provider: acme-ai, models: [${model}], effective_from: 2020-01-01, credits_per_million: { ${Object.entries(
        rates,
      )
        .map(([meter, rate]) => `${meter}: ${rate}`)
        .join(', ')} } }`,
  )
  .join('\n')}
`
}

function billingGroupYaml(billingGroup: string): string {
  const teams = TEAMS.filter((team) => team.billingGroup === billingGroup)
  return `  - id: ${billingGroup}
    name: ${billingGroup}
    departments:
      - id: ${billingGroup}-engineering
        name: Engineering
        teams:
${teams
  .map(
    ({ team, costCenter }) =>
      `          - { id: ${team}, name: ${team}, cost_center: ${costCenter}, projects: [{ id: ${team}-app, name: App }] }`,
  )
  .join('\n')}`
}
