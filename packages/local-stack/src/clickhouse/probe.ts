const timeoutMs = 1_000

export interface ClickhouseIdentity {
  readonly displayName: string
  readonly user: string
  readonly password: string
}

/**
 * Whether our server answers queries at this port. `/ping` would not do: a stranger on the same port answers it too,
 * and it does not carry the display name.
 */
export async function answersAs(httpPort: number, identity: ClickhouseIdentity): Promise<boolean> {
  const answer = await fetch(`http://127.0.0.1:${httpPort}/?query=SELECT%201`, {
    headers: { 'X-ClickHouse-User': identity.user, 'X-ClickHouse-Key': identity.password },
    signal: AbortSignal.timeout(timeoutMs),
  })
  await answer.arrayBuffer()
  return answer.ok && answer.headers.get('x-clickhouse-server-display-name') === identity.displayName
}
