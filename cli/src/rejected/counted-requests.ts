import type { Clickhouse } from '@meterline/clickhouse'
import type { UsageEvent } from '@meterline/domain'

import { requestIdentity } from './judge-replay.ts'

/** Which of these requests stand in `usage`, however long ago they were counted. */
export async function countedRequests(
  clickhouse: Clickhouse,
  events: readonly UsageEvent[],
): Promise<ReadonlySet<string>> {
  if (events.length === 0) return new Set()
  const ids = JSON.stringify([...new Set(events.map(({ request_id }) => request_id))])
  const rows = await clickhouse.rows<Pick<UsageEvent, 'api_key_id' | 'request_id'>>(
    "SELECT DISTINCT api_key_id, request_id FROM usage WHERE request_id IN (SELECT arrayJoin(JSONExtract({ids:String}, 'Array(String)')))",
    { parameters: { ids }, timeoutMs: QUERY_TIMEOUT_MS },
  )
  return new Set(rows.map(requestIdentity))
}

const QUERY_TIMEOUT_MS = 120_000
