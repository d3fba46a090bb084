import { backtestRule } from '@meterline/domain'
import type { ScopeId } from '@meterline/domain'

import { firingsText } from './firings-text.ts'
import { readSeries } from './read-series.ts'
import { rulePolicy } from './rule-policy.ts'
import type { RuleWords } from './rule-policy.ts'

const MICRO = 1_000_000
const SCOPE: ScopeId = 'team:series'
const PANE_MS = 300_000

/** The rule over a file: its values are credits of one team. */
export async function backtestFromSeries(
  path: string,
  flags: RuleWords & { readonly timeZone: string; readonly json?: boolean },
): Promise<void> {
  const policy = rulePolicy({ ...flags, scope: 'team:*' })
  const series = await readSeries(path)
  const firings = backtestRule({
    policy,
    budgets: { organization: '', reporting_time_zone: flags.timeZone, allocations: [] },
    panes: series.map(({ timestampMs, value }) => ({
      scope: SCOPE,
      start_ms: timestampMs,
      credits_micro: Math.round(value * MICRO),
      requests: value === 0 ? 0 : 1,
      unrated_requests: 0,
    })),
    fromMs: series[0]?.timestampMs ?? 0,
    toMs: (series.at(-1)?.timestampMs ?? 0) + PANE_MS,
  })
  console.log(firingsText(firings, flags.json === true))
}
