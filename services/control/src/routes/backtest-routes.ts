import { RESOURCES } from '@meterline/contract'
import type { BacktestFiring } from '@meterline/domain'
import { ApiError } from '@meterline/http'
import { z } from 'zod'

import { runBacktest } from '../backtest/run-backtest.ts'
import { triedPolicy } from '../backtest/tried-policy.ts'
import { triedSpan } from '../backtest/tried-span.ts'
import type { Control } from '../control.ts'
import { momentMs } from '../routing/fields.ts'
import type { Route } from '../routing/route.ts'
import { route } from '../routing/route.ts'

const MICRO_PER_CREDIT = 1_000_000
const RETRY_AFTER_SECONDS = 5

const span = { from: momentMs.optional(), to: momentMs.optional() }

/** Its history fills some memory and its run some time, so there is one at a time. */
const busy = new WeakSet<Control>()

/** A rule over the usage that was, before it is switched on. Nothing is written. */
export const backtestRoutes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/v1/backtest',
    access: 'alerts.read',
    summary: 'When an alert policy would have fired, for the scopes that you may see',
    body: z.looseObject(span),
    documentedBody: RESOURCES.alert_policy.entry.partial({ id: true }).extend(span),
    handle: async ({ control, principal, body: { from, to, ...fields } }) => {
      const policy = triedPolicy(fields)
      const tried = triedSpan({ from, to }, control.nowMs())
      if (busy.has(control)) {
        throw new ApiError(429, 'too_many_backtests', 'another backtest is running; wait', {
          retryAfterSeconds: RETRY_AFTER_SECONDS,
        })
      }
      busy.add(control)
      try {
        const firings = await runBacktest(control, { policy, span: tried, principal })
        return {
          rule: policy.rule,
          scope: policy.scope,
          from: iso(tried.fromMs),
          to: iso(tried.toMs),
          learned_from: iso(tried.learnFromMs),
          firings: firings.map(firingAnswer),
        }
      } finally {
        busy.delete(control)
      }
    },
  }),
]

function firingAnswer({ fired_ms, resolved_ms, basisMicro, rule: _rule, ...firing }: BacktestFiring): object {
  return {
    ...firing,
    basis_credits: basisMicro === null ? null : basisMicro / MICRO_PER_CREDIT,
    fired_at: iso(fired_ms),
    resolved_at: resolved_ms === null ? null : iso(resolved_ms),
  }
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}
