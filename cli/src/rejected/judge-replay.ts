import type { UsageEvent } from '@meterline/domain'
import { TOPICS } from '@meterline/contract'

import type { RejectedContent } from './read-rejected.ts'
import type { RejectedRow } from './rejected-rows.ts'

export type ReplayJudgement =
  /** The bytes as received, to `usage.events`. */
  | { readonly kind: 'record'; readonly event: UsageEvent }
  /** Through the gateway, which parses and admits it again. */
  | { readonly kind: 'request'; readonly event: UsageEvent }
  | { readonly kind: 'skip'; readonly why: string }

const ADMIN = 'admin'

/** Whether a rejected record can be sent again, and which way. Who is already counted is not known here. */
export function judgeReplay(row: RejectedRow, content: RejectedContent): ReplayJudgement {
  if (row.stage === 'sink') {
    return skip(`it came from ${row.sourceTopic}: it was counted already, and could not be stored`)
  }
  if (row.stage !== 'gateway' && row.sourceTopic !== TOPICS.usageEvents.name) {
    return skip(`it came from ${row.sourceTopic}, which is not written again`)
  }
  if (content.kind === 'unreadable') return skip(`it still cannot be read: ${content.why}`)
  const { event } = content
  // The admin token may send for anybody: it must not lend that right to a key that has it not.
  if (content.kind === 'request' && row.apiKeyId !== ADMIN && event.api_key_id !== row.apiKeyId) {
    return skip('it states the usage of another key: only its sender may send that again')
  }
  return { kind: content.kind === 'event' ? 'record' : 'request', event }
}

/** Two sendings with the same text are one request. */
export function requestIdentity({
  api_key_id,
  request_id,
}: Pick<UsageEvent, 'api_key_id' | 'request_id'>): string {
  return JSON.stringify([api_key_id, request_id])
}

function skip(why: string): ReplayJudgement {
  return { kind: 'skip', why }
}
