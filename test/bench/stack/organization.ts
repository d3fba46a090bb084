/** The organization that the benchmarks charge: two billing groups, ten teams with two keys each, and the probes' projects. */
export interface BenchKey {
  readonly id: string
  readonly team: string
  readonly project: string
  readonly environment: string
  readonly costCenter: string
}

const TEAMS = [
  'payments',
  'fraud',
  'ledger',
  'checkout',
  'search',
  'helpdesk',
  'chatbot',
  'voice',
  'labs',
  'docs',
]
const ENVIRONMENTS = ['prod', 'dev']

export const TRAFFIC_KEYS: readonly BenchKey[] = TEAMS.flatMap((team, index) =>
  ENVIRONMENTS.map((environment) => ({
    id: `key_${team}_${environment}`,
    team,
    project: `${team}-app`,
    environment,
    costCenter: `CC-${1_000 + index}`,
  })),
)

export const PROVIDER = 'acme-ai'
/** Credits per million units. */
export const RATES: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  'model-large': { tokens_input: 250, tokens_input_cached: 25, tokens_output: 1_500 },
  'model-medium': { tokens_input: 25, tokens_input_cached: 2.5, tokens_output: 200 },
  'model-small': { tokens_input: 5, tokens_input_cached: 0.5, tokens_output: 40.75 },
  'model-tiny': { tokens_input: 1, tokens_input_cached: 0.1, tokens_output: 8 },
  'model-long': { tokens_input: 125, tokens_input_cached: 12.5, tokens_output: 750 },
}

/** A probe's whole monthly allocation, which its one event exceeds. */
const PROBE_CREDITS = 1_000
export const PROBE_UNITS = { tokens_output: 1_000_000 }
export const PROBE_MODEL = 'model-large'

export const probeProject = (index: number): string => `probe-${index}`
export const probeKey = (index: number): string => `key_probe_${index}`

/** Organization file; JSON is YAML. */
export function benchOrganization(probes: number): string {
  const probeIndexes = Array.from({ length: probes }, (_, index) => index)
  return JSON.stringify({
    organization: { id: 'bench', name: 'Benchmark', reporting_time_zone: 'UTC' },
    billing_groups: [
      billingGroup('commerce', TEAMS.slice(0, 5).map(team)),
      billingGroup('service', TEAMS.slice(5).map(team)),
      billingGroup('probes', [
        {
          ...named('probes'),
          cost_center: 'CC-9000',
          projects: probeIndexes.map((index) => named(probeProject(index))),
        },
      ]),
    ],
    keys: [
      ...TRAFFIC_KEYS.map(({ id, project, environment }) => ({ id, project, environment })),
      ...probeIndexes.map((index) => ({
        id: probeKey(index),
        project: probeProject(index),
        environment: 'prod',
      })),
    ],
    // Budgets on every level of the path, so large that the traffic itself crosses none.
    allocations: [
      ...['commerce', 'service'].map((id) => allocation(`billing_group:${id}`, 900_000_000)),
      ...TEAMS.map((id) => allocation(`team:${id}`, 90_000_000)),
      ...probeIndexes.map((index) => allocation(`project:${probeProject(index)}`, PROBE_CREDITS)),
    ],
    rate_cards: [
      {
        id: 'bench-rates',
        version: 1,
        entries: Object.entries(RATES).map(([model, credits_per_million]) => ({
          provider: PROVIDER,
          models: [model],
          effective_from: '2020-01-01',
          credits_per_million,
        })),
      },
    ],
  })
}

const named = (id: string) => ({ id, name: id })

function team(id: string, index: number) {
  const costCenter = TRAFFIC_KEYS.find((key) => key.team === id)?.costCenter ?? `CC-${index}`
  return { ...named(id), cost_center: costCenter, projects: [named(`${id}-app`)] }
}

function billingGroup(id: string, teams: readonly object[]) {
  return { ...named(id), departments: [{ ...named(`${id}-engineering`), teams }] }
}

function allocation(scope: string, credits: number) {
  return {
    id: `bench-${scope.replace(':', '-')}`,
    scope,
    owner: 'Finance',
    monthly_credits: credits,
    gl_account: '6100',
    contacts: ['finance@example.com'],
  }
}
