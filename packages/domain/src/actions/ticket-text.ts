import type { SpendAlert } from '../alerts/spend-alert.ts'
import type { ActionRun } from './action-entities.ts'
import type { ModelSuggestion } from './suggest-model.ts'

export interface TicketText {
  readonly title: string
  /** Plain text with Markdown lists, which Jira, GitHub and people read alike. */
  readonly body: string
  /** By which a ticket that was made before is found. */
  readonly label: string
}

const MAX_TITLE = 200
const MAX_SUGGESTIONS = 5

/** What a ticket says: what happened, what it consists of, what would cost less, and where the requests are. */
export function ticketText(
  run: Pick<ActionRun, 'id' | 'scope' | 'params'>,
  alert: SpendAlert | undefined,
  suggestions: readonly ModelSuggestion[],
): TicketText {
  const title = `Spend of ${alert?.allocation_id ?? run.scope}${alert === undefined ? '' : `: ${alert.rule.replaceAll('_', ' ')}, ${alert.severity.replaceAll('_', ' ')}`}`
  const facts =
    alert === undefined
      ? []
      : [
          `- Scope: ${alert.scope}`,
          `- Period: ${alert.period}`,
          `- Used: ${credits(alert.current_usage_micro)} credits${alert.monthly_allocation_micro === null ? '' : ` of ${credits(alert.monthly_allocation_micro)}`}`,
          `- Seen: ${alert.at}`,
        ]
  const drivers = (alert?.drivers ?? []).map(
    ({ dimension, value, credits_micro, previous_credits_micro }) =>
      `- ${dimension} ${value}: ${credits(credits_micro)} credits, before ${credits(previous_credits_micro)}`,
  )
  return {
    title: oneLine(title).slice(0, MAX_TITLE),
    label: `meterline-${run.id}`,
    body: [
      ...section('What happened', facts),
      ...section('What it consists of', drivers),
      ...section('What would cost less', suggestions.slice(0, MAX_SUGGESTIONS).map(suggestionText)),
      ...(alert === undefined ? [] : ['The requests behind it:', alert.evidence.sql]),
      `Alert: ${alert?.id ?? 'none'} · run: ${run.id}`,
    ]
      .map(oneLine)
      .join('\n'),
  }
}

/** `gpt-5 → gpt-5-mini would have saved 120 of 150 credits over 40 requests` */
export function suggestionText(suggestion: ModelSuggestion): string {
  const { from_model, to_model, saving_micro, credits_micro, requests } = suggestion
  return `- ${from_model} → ${to_model} would have saved ${credits(saving_micro)} of ${credits(credits_micro)} credits over ${requests} requests`
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`## ${title}`, ...lines]
}

const MICRO = 1_000_000
const credits = (micro: number): string => String(Math.round(micro / 10_000) / (MICRO / 10_000))
/** Names come from outside: none begins a line of its own. */
const oneLine = (text: string): string => text.replaceAll(/[\r\n\u2028\u2029]+/g, ' ')
