import type { ScopeId } from '@meterline/domain'

import type { AuthorizationDecision, LimitStanding } from './decision.ts'

const MICRO = 1_000_000

type Allowed = Extract<AuthorizationDecision, { readonly decision: 'allow' }>
type Refused = Exclude<AuthorizationDecision, Allowed>

/** The body of an answer, as JSON. All three decisions are answers, so all have the status 200. */
export function authorizationAnswer(requestId: string, decision: AuthorizationDecision): string {
  return decision.decision === 'allow'
    ? allowedAnswer(requestId, decision)
    : JSON.stringify(refusedAnswer(requestId, decision))
}

// Written out: of thousands a second only the request and the reservation differ.
function allowedAnswer(requestId: string, { reservation, standing }: Allowed): string {
  const { id, creditsMicro, expiresAtMs, ttlSeconds, state, unverified } = reservation
  const head = `{"decision":"allow","request_id":${JSON.stringify(requestId)},"limit":${limitText(standing)}`
  const credits = `"credits":${creditsMicro / MICRO},"expires_at":"${new Date(expiresAtMs).toISOString()}"`
  const rest = `"ttl_seconds":${ttlSeconds},"state":"${state}","unverified":${JSON.stringify(unverified)}`
  return `${head},"reservation":{"id":"${id}",${credits},${rest}}}`
}

function refusedAnswer(requestId: string, decision: Refused): object {
  const { standing } = decision
  return {
    decision: decision.decision,
    request_id: requestId,
    limit: standing === null ? null : limitAnswer(standing),
    reservation: null,
    code: decision.code,
    message: decision.message,
    ...(decision.decision === 'deny' && decision.field !== undefined ? { field: decision.field } : {}),
    rule: decision.rule,
    retry_after_seconds: decision.decision === 'throttle' ? decision.retryAfterSeconds : null,
    ask_for_more: standing === null ? null : askForMore(standing),
  }
}

/** A standing is the same object until its owner speaks again. */
const limitTexts = new WeakMap<LimitStanding, string>()

function limitText(standing: LimitStanding | null): string {
  if (standing === null) return 'null'
  let text = limitTexts.get(standing)
  if (text === undefined) limitTexts.set(standing, (text = JSON.stringify(limitAnswer(standing))))
  return text
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
