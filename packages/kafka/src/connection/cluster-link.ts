import type { Kafka } from 'kafkajs'
import { KafkaError } from '../errors.ts'
import { openClientCluster, type ClientBroker, type WireCall } from './internals.ts'

/**
 * One set of connections to the cluster: leaders, coordinators, single requests. A broker answers the requests of a connection one
 * after another, so whoever must not wait for others (a partition's transactions, a long poll) opens its own link.
 */
export interface ClusterLink {
  partitionsOf(topic: string): Promise<number[]>
  /** @throws KafkaError `unavailable` while the partition has no leader. */
  leaderOf(topic: string, partition: number): Promise<number>
  broker(nodeId: number): Promise<ClientBroker>
  anyBroker(): Promise<ClientBroker>
  /** Looked up once and remembered until `refresh`: the look-up would cost a round trip before each request. */
  coordinator(kind: 'group' | 'transaction', id: string): Promise<ClientBroker>
  send(nodeId: number, call: WireCall): Promise<unknown>
  /** How often a request failed, or the connection to a coordinator was lost: what was the same all the while has not moved. */
  interruptions(): number
  /** Forgets leaders and coordinators. Call after any error before trying again. */
  refresh(): Promise<void>
  close(): Promise<void>
}

export function openClusterLink(kafka: Kafka): ClusterLink {
  const cluster = openClientCluster(kafka, { metadataMaxAgeMs: METADATA_MAX_AGE_MS })
  const coordinators = new Map<string, ClientBroker>()
  const known = new Set<string>()
  let interruptions = 0
  let closed = false

  function dropLost(): void {
    for (const [key, broker] of coordinators) {
      if (broker.isConnected()) continue
      coordinators.delete(key)
      interruptions += 1
    }
  }

  async function ready(topic?: string): Promise<void> {
    if (closed) throw new KafkaError('closed', 'The connection was closed')
    await cluster.connect()
    if (topic !== undefined && !known.has(topic)) {
      await cluster.addMultipleTargetTopics([topic])
      known.add(topic)
    }
    await cluster.refreshMetadataIfNecessary()
  }

  const link: ClusterLink = {
    partitionsOf: async (topic) => {
      await ready(topic)
      return cluster
        .findTopicPartitionMetadata(topic)
        .map((p) => p.partitionId)
        .toSorted((a, b) => a - b)
    },

    leaderOf: async (topic, partition) => {
      await ready(topic)
      const leader = cluster
        .findTopicPartitionMetadata(topic)
        .find((p) => p.partitionId === partition)?.leader
      if (leader === undefined || leader < 0) {
        throw new KafkaError('unavailable', `${topic}/${partition} has no leader`)
      }
      return leader
    },

    broker: async (nodeId) => {
      await ready()
      return cluster.findBroker({ nodeId })
    },

    anyBroker: async () => {
      await ready()
      const nodes = cluster.getNodeIds()
      const nodeId = nodes[Math.floor(Math.random() * nodes.length)]
      if (nodeId === undefined) throw new KafkaError('unavailable', 'No broker is known')
      return cluster.findBroker({ nodeId })
    },

    coordinator: async (kind, id) => {
      const key = `${kind} ${id}`
      dropLost()
      const remembered = coordinators.get(key)
      if (remembered !== undefined) return remembered
      await ready()
      const wanted = { groupId: id, coordinatorType: kind === 'group' ? 0 : 1 } as const
      const found = await cluster.findGroupCoordinator(wanted).catch(async (error: unknown) => {
        // The client keeps the broker's reason to itself, and "not allowed" must not be tried for a minute.
        await (await link.anyBroker()).findGroupCoordinator(wanted)
        throw error
      })
      coordinators.set(key, found)
      return found
    },

    send: async (nodeId, call) => {
      const broker = await link.broker(nodeId)
      try {
        return await broker.connectionPool.send(call)
      } catch (error) {
        if (error instanceof Error && error.name === 'KafkaJSConnectionClosedError') await broker.disconnect()
        throw error
      }
    },

    interruptions: () => {
      dropLost()
      return interruptions
    },

    refresh: async () => {
      interruptions += 1
      coordinators.clear()
      if (closed) return
      await cluster.connect()
      await cluster.refreshMetadata()
    },

    close: async () => {
      closed = true
      await cluster.disconnect()
    },
  }
  return link
}

const METADATA_MAX_AGE_MS = 60_000
