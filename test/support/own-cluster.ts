import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { findFreePorts, startKafkaCluster, type KafkaCluster } from '@meterline/local-stack'

export interface OwnCluster extends KafkaCluster {
  /** Its folder, in which tests may keep something, too. */
  readonly directory: string
}

/** Brokers of a test's own, that it may kill or set up as it likes; their folder goes with them. */
export async function startOwnCluster(of: {
  readonly brokers: number
  readonly settings?: Readonly<Record<string, string>>
}): Promise<OwnCluster> {
  const directory = await mkdtemp(path.join(tmpdir(), 'meterline-brokers-'))
  const ports = await findFreePorts(2 * of.brokers)
  const cluster = await startKafkaCluster({
    ports: Array.from({ length: of.brokers }, (_, i) => ({
      port: ports[2 * i]!,
      controllerPort: ports[2 * i + 1]!,
    })),
    dir: directory,
    cacheDir: path.resolve(import.meta.dirname, '../../.meterline/cache'),
    ...(of.settings === undefined ? {} : { settings: of.settings }),
  })
  return {
    ...cluster,
    directory,
    stop: async () => {
      await cluster.stop()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
