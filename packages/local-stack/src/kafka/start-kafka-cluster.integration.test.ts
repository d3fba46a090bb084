import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Kafka, logLevel } from 'kafkajs'
import { expect, it } from 'vitest'
import { findFreePorts } from '../machine/ports.ts'
import { startKafkaCluster } from './start-kafka-cluster.ts'

const cacheDir =
  process.env['METERLINE_CACHE_DIR'] ?? resolve(import.meta.dirname, '../../../../.meterline/cache')

it('goes on with two brokers of three while the third is killed and comes back', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'kafka-cluster-'))
  const numbers = await findFreePorts(6)
  const ports = [0, 2, 4].map((index) => ({
    port: numbers[index] ?? 0,
    controllerPort: numbers[index + 1] ?? 0,
  }))
  const cluster = await startKafkaCluster({ ports, dir, cacheDir, heapMb: 256 })
  const client = new Kafka({
    brokers: [...cluster.brokers],
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 50, retries: 30 },
  })
  const admin = client.admin()
  const producer = client.producer()
  try {
    await admin.connect()
    await admin.createTopics({ topics: [{ topic: 'kept', numPartitions: 3 }], waitForLeaders: true })
    const { topics } = await admin.fetchTopicMetadata({ topics: ['kept'] })
    expect(topics[0]?.partitions.map(({ replicas }) => replicas.length)).toEqual([3, 3, 3])

    await producer.connect()
    await cluster.nodes[0]?.killHard()
    const messages = [0, 1, 2].map((partition) => ({ partition, value: 'written with two brokers' }))
    await producer.send({ topic: 'kept', acks: -1, messages })
    await cluster.nodes[0]?.ready()
    const inSync = async (): Promise<unknown> => {
      const metadata = await admin.fetchTopicMetadata({ topics: ['kept'] })
      return metadata.topics[0]?.partitions.map(({ isr }) => isr.length)
    }
    await expect.poll(inSync, { timeout: 30_000, interval: 200 }).toEqual([3, 3, 3])
  } finally {
    await Promise.all([admin.disconnect(), producer.disconnect()])
    await cluster.stop()
    rmSync(dir, { recursive: true, force: true })
  }
})
