import { createRegistryClient, TOPICS } from '@meterline/contract'
import { createKafkaClient, ensureTopics } from '@meterline/kafka'
import { findFreePorts } from '@meterline/local-stack'
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'

const MAIN = new URL('./main.ts', import.meta.url).pathname
const children: ChildProcess[] = []
let brokers: readonly string[]
let ports: number[]

// The one integration test that uses registry.log of the shared Kafka by its own name: the registry knows no other.
beforeAll(async () => {
  brokers = inject('stack').kafkaBrokers
  ports = await findFreePorts(2)
  const kafka = createKafkaClient({ brokers, clientId: 'registry-test' })
  const config = { 'cleanup.policy': 'compact' }
  await ensureTopics(kafka, [{ name: TOPICS.registryLog.name, partitions: 1, replicationFactor: 1, config }])
  await kafka.close()
})

afterAll(async () => {
  for (const child of children) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    const exit = once(child, 'exit')
    child.stdin?.end()
    await exit
  }
})

async function start(port: number): Promise<ChildProcess> {
  const child = spawn(process.execPath, [MAIN], {
    stdio: ['pipe', 'ignore', 'inherit'],
    env: {
      METERLINE_SUPERVISED: '1',
      KAFKA_BROKERS: brokers.join(','),
      REGISTRY_PORT: String(port),
    },
  })
  children.push(child)
  const up = () =>
    fetch(`http://127.0.0.1:${port}/health/ready`).then(
      ({ ok }) => ok,
      () => false,
    )
  await expect.poll(up, { timeout: 30_000 }).toBe(true)
  return child
}

const record = (fields: string) => `{"type":"record","name":"R","fields":[${fields}]}`
const V1 = record('{"name":"id","type":"string"}')
const V2 = record('{"name":"id","type":"string"},{"name":"n","type":"int","default":0}')
const V3 = record('{"name":"id","type":"string"},{"name":"m","type":"int","default":0}')

test('ids outlive kill -9, and a second registry fences the first instead of giving out the same id', async () => {
  const [first = 0, second = 0] = ports
  const client = (port: number) => createRegistryClient({ url: `http://127.0.0.1:${port}` })
  const subject = 'registry-test-value'

  const killed = await start(first)
  const id = await client(first).register(subject, V1)
  killed.kill('SIGKILL')
  await once(killed, 'exit')

  const old = await start(first)
  expect(await client(first).schemaById(id)).toBe(V1)
  await expect(client(first).register(subject, '"string"')).rejects.toMatchObject({
    code: 'incompatible_schema',
  })
  await expect(client(first).schemaById(999_999)).rejects.toMatchObject({ code: 'schema_not_found' })

  await start(second)
  const newer = await client(second).register(subject, V2)
  expect(newer).toBe(id + 1)
  const ended = once(old, 'exit')
  await expect(client(first).register(subject, V3)).rejects.toMatchObject({ code: 'registry_unreachable' })
  expect(await ended).toEqual([1, null])
  expect(await client(second).register(subject, V3)).toBe(newer + 1)
})
