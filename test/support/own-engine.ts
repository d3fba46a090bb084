import { findFreePorts, generateCredentials, startClickhouse } from '@meterline/local-stack'
import type { ClickhouseOptions } from '@meterline/local-stack'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A ClickHouse of its own, for a test that does harm to it. */
export async function startOwnEngine(
  options: Pick<ClickhouseOptions, 'givesWayAfterMs' | 'askEveryMs' | 'onEvent'> = {},
) {
  const stateDir = await mkdtemp(join(tmpdir(), 'meterline-engine-'))
  const [httpPort = 0, tcpPort = 0] = await findFreePorts(2)
  const credentials = generateCredentials()
  const engine = await startClickhouse({
    ...options,
    httpPort,
    tcpPort,
    dataDir: join(stateDir, 'data'),
    logFile: join(stateDir, 'clickhouse.log'),
    credentials,
  })
  return {
    engine,
    address: { url: engine.url, database: 'meterline', user: 'meterline', password: credentials.password },
    stop: async (): Promise<void> => {
      await engine.stop()
      await rm(stateDir, { recursive: true, force: true })
    },
  }
}
