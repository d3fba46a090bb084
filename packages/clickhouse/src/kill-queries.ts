import type { Clickhouse } from './clickhouse.ts'

const KILL_TIMEOUT_MS = 60_000

/** Ends every statement whose id begins so, and waits until they are gone. What they stored stays stored. */
export async function killQueries(clickhouse: Clickhouse, queryIdPrefix: string): Promise<number> {
  const rows = await clickhouse.rows<{ query_id: string }>(
    `KILL QUERY WHERE startsWith(query_id, '${quoted(queryIdPrefix)}') SYNC`,
    { timeoutMs: KILL_TIMEOUT_MS },
  )
  return rows.length
}

// KILL takes no query parameters.
function quoted(text: string): string {
  return text.replaceAll('\\', String.raw`\\`).replaceAll("'", String.raw`\'`)
}
