import type { Block, RateRule } from '../limits/limit-entities.ts'
import type { ActionRun } from './action-entities.ts'

const DEFAULT_MAX_RPS = 10
const HOUR_MS = 3_600_000

export type GatewayRule =
  | { readonly kind: 'rate_rule'; readonly id: string; readonly data: RateRule }
  | { readonly kind: 'block'; readonly id: string; readonly data: Block }

/** What a rate limit or a block puts into the control log. Its id is that of the run: doing it twice is doing it once. */
export function gatewayRule(
  run: Pick<ActionRun, 'id' | 'type' | 'scope' | 'params' | 'alert_id' | 'started_at_ms'>,
): GatewayRule {
  const { id, scope, params } = run
  const hours = params['hours']
  const expires_at_ms = typeof hours === 'number' ? run.started_at_ms + Math.round(hours * HOUR_MS) : null
  const common = { id, scope, expires_at_ms, set_by: id }
  if (run.type === 'block') {
    const reason = run.alert_id === null ? 'an action of a person' : `alert ${run.alert_id}`
    return { kind: 'block', id, data: { ...common, reason } }
  }
  const { scope: environments, max_rps } = params
  return {
    kind: 'rate_rule',
    id,
    data: {
      ...common,
      // Of an action, `scope` names environments: `non-prod` is all but production.
      environments: typeof environments === 'string' && environments !== 'all' ? [environments] : [],
      max_rps: typeof max_rps === 'number' && max_rps > 0 ? max_rps : DEFAULT_MAX_RPS,
    },
  }
}
