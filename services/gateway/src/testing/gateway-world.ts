import { controlEventKey, encodeControlEvent, TOPICS } from '@meterline/contract'
import type { TopicDefinition } from '@meterline/contract'
import { createKafkaClient, createLogWriter, ensureTopics, readLog } from '@meterline/kafka'
import type { KafkaClient } from '@meterline/kafka'
import type { LogRecord } from '@meterline/topology'
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'

import { sampleOrganization } from './sample-organization.ts'
import type { SampleKey } from './sample-organization.ts'

const START_DEADLINE_MS = 30_000
const POLL_MS = 50

const MAINS = {
  registry: new URL('../../../registry/src/main.ts', import.meta.url).pathname,
  gateway: new URL('../main.ts', import.meta.url).pathname,
}

export interface WorldPorts {
  readonly registry: number
  readonly gateway: number
}

/** A gateway and a registry as they are started in earnest, as processes, beside a given Kafka with a sample organization. */
export interface GatewayWorld {
  readonly url: string
  readonly kafka: KafkaClient
  readonly secrets: Readonly<Record<SampleKey, string>>
  readonly processes: Readonly<Record<keyof typeof MAINS, ChildProcess>>
  /** Starts one more gateway at that port; answers its address. */
  another(port: number): Promise<string>
  /** Starts a process again that ended. */
  restart(name: keyof typeof MAINS): Promise<void>
  ready(): Promise<boolean>
  /** Committed records of a topic, all partitions. */
  records(topic: string): Promise<LogRecord[]>
  close(): Promise<void>
}

export async function startGatewayWorld(options: {
  readonly brokers: readonly string[]
  readonly ports: WorldPorts
}): Promise<GatewayWorld> {
  const { brokers, ports } = options
  const kafka = createKafkaClient({ brokers, clientId: 'gateway-test' })
  await createTopics(kafka)
  const secrets = await writeOrganization(kafka)
  const url = addressOf(ports.gateway)
  const urls = { registry: `http://127.0.0.1:${ports.registry}/subjects`, gateway: `${url}/health/ready` }
  const start = async (name: keyof typeof MAINS, gatewayPort = ports.gateway): Promise<ChildProcess> => {
    const child = spawn(process.execPath, [MAINS[name]], {
      stdio: ['pipe', 'ignore', 'inherit'],
      env: {
        METERLINE_SUPERVISED: '1',
        KAFKA_BROKERS: brokers.join(','),
        REGISTRY_PORT: String(ports.registry),
        GATEWAY_PORT: String(gatewayPort),
        ...(name === 'gateway' ? { SCHEMA_REGISTRY_URL: `http://127.0.0.1:${ports.registry}` } : {}),
      },
    })
    await answered(urls[name].replace(url, addressOf(gatewayPort)), child)
    return child
  }
  const processes = { registry: await start('registry'), gateway: await start('gateway') }
  const others: ChildProcess[] = []
  return {
    url,
    kafka,
    secrets,
    processes,
    async another(port) {
      others.push(await start('gateway', port))
      return addressOf(port)
    },
    async restart(name) {
      processes[name] = await start(name)
    },
    ready: async () => (await fetch(urls.gateway)).ok,
    async records(topic) {
      const found: LogRecord[] = []
      for (const partition of await kafka.reads.partitionsOf(topic)) {
        for await (const records of readLog(kafka, { topic, partition, to: 'end' })) found.push(...records)
      }
      return found
    },
    async close() {
      for (const child of [...others, ...Object.values(processes)]) await ended(child)
      await kafka.close()
    },
  }
}

function addressOf(port: number): string {
  return `http://127.0.0.1:${port}`
}

async function createTopics(kafka: KafkaClient): Promise<void> {
  const topics = Object.values<TopicDefinition>(TOPICS)
  await ensureTopics(
    kafka,
    topics.map(({ name, partitions, cleanup, maxMessageBytes }) => ({
      name,
      partitions,
      replicationFactor: 1,
      config: {
        'cleanup.policy': cleanup === 'keep' ? 'delete' : cleanup,
        ...(maxMessageBytes === undefined ? {} : { 'max.message.bytes': String(maxMessageBytes) }),
      },
    })),
  )
}

async function writeOrganization(kafka: KafkaClient): Promise<GatewayWorld['secrets']> {
  const { events, secrets } = sampleOrganization()
  const writer = createLogWriter(kafka)
  const messages = events.map((event) => ({ key: controlEventKey(event), value: encodeControlEvent(event) }))
  await writer.send([{ topic: TOPICS.controlLog.name, partition: 0, messages }])
  await writer.close()
  return secrets
}

async function answered(url: string, child: ChildProcess): Promise<void> {
  const deadlineMs = Date.now() + START_DEADLINE_MS
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the process for ${url} ended with ${child.exitCode}`)
    const response = await fetch(url).catch(() => undefined)
    if (response?.ok === true) return
    if (Date.now() > deadlineMs) throw new Error(`${url} did not answer in time`)
    await sleep(POLL_MS)
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.stdin?.end()
  await exit
}
