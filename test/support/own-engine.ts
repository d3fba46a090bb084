import { findFreePorts, generateCredentials, startClickhouse } from '@meterline/local-stack'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A ClickHouse of its own, for a test that does harm to it. */
export async function startOwnEngine() {
  const stateDir = await mkdtemp(join(tmpdir(), 'meterline-sink-ch-'))
  const [httpPort = 0, tcpPort = 0] = await findFreePorts(2)
  const credentials = generateCredentials()
  const engine = await startClickhouse({
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
