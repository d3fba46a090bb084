import type { Outcome } from '../deliveries/outcome.ts'
import type { OutgoingAnswer } from '../outgoing/outgoing-client.ts'
import { retryAfterMs } from '../outgoing/retry-after.ts'
import { plainLine } from './plain-line.ts'

const MAX_SHOWN_CHARACTERS = 200
const THROTTLE = new Set([429, 502, 503, 504])

/** Which refusals of a receiver are final. */
export interface AnswerRule {
  /** Statuses after which the same request is never tried again. */
  readonly final: (status: number) => boolean
}

/** Standard Webhooks: everything but 2xx and 410 may pass, a 401 while a secret is being changed included. */
export const WEBHOOK_RULE: AnswerRule = { final: () => false }
/** Slack, PagerDuty, Alertmanager: a 4xx but 408 and 429 says that the request itself is wrong. */
export const SERVICE_RULE: AnswerRule = {
  final: (status) => status >= 400 && status < 500 && status !== 408 && status !== 429,
}

export function answerOutcome(answer: OutgoingAnswer, rule: AnswerRule, nowMs: number): Outcome {
  const { status } = answer
  if (status >= 200 && status < 300) return { kind: 'delivered', detail: `answered ${status}` }
  const code = `status_${status}`
  if (status === 410) return { kind: 'gone', code, message: says(answer) }
  if (status >= 300 && status < 400) {
    return { kind: 'failed', code, message: `answered ${status}: redirects are not followed` }
  }
  if (rule.final(status)) return { kind: 'refused', code, message: says(answer) }
  const pauseMs = retryAfterMs(answer.headers['retry-after'], nowMs)
  return {
    kind: 'failed',
    code,
    message: says(answer),
    ...(pauseMs === undefined ? {} : { retryAfterMs: pauseMs }),
    throttled: THROTTLE.has(status),
  }
}

function says({ status, text }: OutgoingAnswer): string {
  const shown = plainLine(text.slice(0, MAX_SHOWN_CHARACTERS)).trim()
  return shown === '' ? `answered ${status}` : `answered ${status}: ${shown}`
}
