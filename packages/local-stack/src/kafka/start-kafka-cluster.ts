import { join } from 'node:path'
import type { SupervisorEvent } from '../supervise/events.ts'
import type { KafkaSettings } from './settings.ts'
import { startNode } from './start-kafka.ts'
import type { Kafka } from './start-kafka.ts'

export interface KafkaClusterOptions {
  /** One broker per pair; three make replication 3 with two in-sync replicas at least. */
  readonly ports: readonly { readonly port: number; readonly controllerPort: number }[]
  readonly dir: string
  readonly cacheDir: string
  readonly heapMb?: number
  readonly settings?: KafkaSettings
  readonly onEvent?: (event: SupervisorEvent) => void
}

export interface KafkaCluster {
  readonly brokers: readonly string[]
  /** Each can be killed and comes back on its own. */
  readonly nodes: readonly Kafka[]
  stop(): Promise<void>
}

/**
 * Several brokers on this machine, each also a controller, for tests of what happens when one of them dies.
 *
 * @throws StackError
 */
export async function startKafkaCluster(options: KafkaClusterOptions): Promise<KafkaCluster> {
  const peers = options.ports.map((ports, index) => ({ nodeId: index + 1, ...ports }))
  const { dir, ports: _, ...shared } = options
  const started = await Promise.allSettled(
    peers.map((node) =>
      startNode(node, {
        ...shared,
        peers,
        dataDir: join(dir, `kafka-${node.nodeId}`),
        logFile: join(dir, 'logs', `kafka-${node.nodeId}.log`),
      }),
    ),
  )
  const nodes = started.flatMap((attempt) => (attempt.status === 'fulfilled' ? [attempt.value] : []))
  const stop = async (): Promise<void> => void (await Promise.all(nodes.map((node) => node.stop())))
  const failure = started.find((attempt) => attempt.status === 'rejected')
  if (failure !== undefined) {
    await stop()
    throw failure.reason
  }
  return { brokers: nodes.map((node) => node.broker), nodes, stop }
}
