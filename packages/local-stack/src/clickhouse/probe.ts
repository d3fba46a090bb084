import { get } from 'node:http'

const timeoutMs = 1_000

export interface ClickhouseIdentity {
  readonly displayName: string
  readonly user: string
  readonly password: string
}

/**
 * Whether our server answers queries at this port. `/ping` would not do: a stranger on the same port answers it too,
 * and it does not carry the display name. The connection is closed at once, since an open one would hold back a stop.
 */
export function answersAs(httpPort: number, identity: ClickhouseIdentity): Promise<boolean> {
  const headers = { 'X-ClickHouse-User': identity.user, 'X-ClickHouse-Key': identity.password }
  const address = { host: '127.0.0.1', port: httpPort, path: '/?query=SELECT%201' }
  return new Promise((resolve, reject) => {
    const request = get({ ...address, headers, agent: false, timeout: timeoutMs }, (answer) => {
      answer.resume()
      resolve(
        answer.statusCode === 200 &&
          answer.headers['x-clickhouse-server-display-name'] === identity.displayName,
      )
    })
    request.on('timeout', () =>
      request.destroy(new Error(`no answer from port ${httpPort} in ${timeoutMs} ms`)),
    )
    request.on('error', reject)
  })
}
