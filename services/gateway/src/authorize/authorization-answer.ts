import type { ScopeId } from '@meterline/domain'

import type { AuthorizationDecision, LimitStanding } from './decision.ts'

const MICRO = 1_000_000

/** The body of an answer. All three decisions are answers, so all have the status 200. */
export function authorizationAnswer(requestId: string, decision: AuthorizationDecision): object {
  const { standing } = decision
  const common = {
    decision: decision.decision,
    request_id: requestId,
    limit: standing === null ? null : limitAnswer(standing),
  }
  if (decision.decision === 'allow') {
    const { reservation } = decision
    return {
      ...common,
      reservation: {
        id: reservation.id,
        credits: reservation.creditsMicro / MICRO,
        expires_at: reservation.expiresAt,
        ttl_seconds: reservation.ttlSeconds,
        state: reservation.state,
        unverified: reservation.unverified,
      },
    }
  }
  return {
    ...common,
    reservation: null,
    code: decision.code,
    message: decision.message,
    rule: decision.rule,
    retry_after_seconds: decision.decision === 'throttle' ? decision.retryAfterSeconds : null,
    ask_for_more: standing === null ? null : askForMore(standing),
  }
}

function limitAnswer({ limit, usedMicro, remainingMicro }: LimitStanding): object {
  return {
    id: limit.id,
    source: limit.source,
    level: limit.level,
    scope: limit.scope,
    period: limit.period,
    limit_credits: limit.hard_cap_micro / MICRO,
    used_credits: usedMicro === null ? null : usedMicro / MICRO,
    remaining_credits: remainingMicro === null ? null : remainingMicro / MICRO,
    resets_at: new Date(limit.resets_at_ms).toISOString(),
    fails: limit.on_owner_unreachable,
  }
}

/** A user or a key asks for a boost, the rest for a top-up of the allocation. */
function askForMore({ limit }: LimitStanding): object {
  const kind = limit.source === 'allocation' ? 'top_up' : 'boost'
  const subject: ScopeId = limit.source === 'allocation' ? `allocation:${limit.id}` : limit.scope
  return { method: 'POST', path: '/v1/requests', kind, subject }
}
