import { get } from 'node:http'
import { text } from 'node:stream/consumers'

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
  return (await ask(httpPort, identity, 'SELECT 1')) !== undefined
}

/** Writes that failed since the server was started, which the engine itself passes over in silence. */
export async function failedWrites(httpPort: number, identity: ClickhouseIdentity): Promise<number> {
  // The counter is not there before its first count.
  const counter = "SELECT value FROM system.events WHERE event = 'WriteBufferFromFileDescriptorWriteFailed'"
  return Number((await ask(httpPort, identity, counter)) ?? 0)
}

/** Our server's answer; undefined from a stranger. The connection is closed at once, since an open one would hold back a stop. */
function ask(httpPort: number, identity: ClickhouseIdentity, query: string): Promise<string | undefined> {
  const headers = { 'X-ClickHouse-User': identity.user, 'X-ClickHouse-Key': identity.password }
  const address = { host: '127.0.0.1', port: httpPort, path: `/?query=${encodeURIComponent(query)}` }
  return new Promise((resolve, reject) => {
    const request = get({ ...address, headers, agent: false, timeout: timeoutMs }, (answer) => {
      const isOurs =
        answer.statusCode === 200 &&
        answer.headers['x-clickhouse-server-display-name'] === identity.displayName
      text(answer).then((said) => resolve(isOurs ? said : undefined), reject)
    })
    request.on('timeout', () =>
      request.destroy(new Error(`no answer from port ${httpPort} in ${timeoutMs} ms`)),
    )
    request.on('error', reject)
  })
}
