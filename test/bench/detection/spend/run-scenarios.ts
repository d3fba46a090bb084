import { alertQuality } from './alert-quality.ts'
import type { AlertQuality, Judged } from './alert-quality.ts'
import { ALERT_RULES } from './alert-rules.ts'
import { SCENARIOS, scenarioSpend } from './scenarios.ts'
import { PROFILES, usualSpend } from './usual-spend.ts'

export interface RuleQuality {
  readonly rule: string
  readonly all: AlertQuality
  readonly scenarios: readonly { readonly scenario: string; readonly quality: AlertQuality }[]
}

/** Every rule over every scenario of every profile, one series for each seed. */
export function runScenarios(seeds: readonly number[]): RuleQuality[] {
  const cases = SCENARIOS.flatMap((scenario, row) =>
    PROFILES.flatMap((profile, column) =>
      seeds.map((seed) => ({
        scenario,
        spend: scenarioSpend(scenario, profile, usualSpend(profile, seed * 1_000 + row * 10 + column)),
      })),
    ),
  )
  return Object.entries(ALERT_RULES).map(([rule, alertsOf]) => {
    const judged = cases.map(({ scenario, spend }) => ({
      scenario,
      judged: { alerts: alertsOf(spend), span: scenario.span } satisfies Judged,
    }))
    const scenarios = SCENARIOS.map((scenario) => ({
      scenario: scenario.name,
      quality: alertQuality(judged.filter((each) => each.scenario === scenario).map((each) => each.judged)),
    }))
    return { rule, all: alertQuality(judged.map((each) => each.judged)), scenarios }
  })
}
