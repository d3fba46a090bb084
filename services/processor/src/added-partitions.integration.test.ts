import { createKafkaClient, createLogWriter, ensureTopics } from '@meterline/kafka'
import { createLogger, createMetrics } from '@meterline/runtime'
import type { LogRecord } from '@meterline/topology'
import { afterEach, expect, inject, test } from 'vitest'

import { processorEvents } from './events.ts'
import { runTopology, type RunningTopology } from './run-topology.ts'

let running: RunningTopology | undefined
afterEach(() => running?.stop())

test('a partition that was added to the input and not to the state stands still, red, with the reason; the others go on', async () => {
  const kafka = createKafkaClient({ brokers: inject('stack').kafkaBrokers, clientId: 'added-partitions' })
  const topic = `added_${process.pid}`
  const state = `${topic}_state`
  const shape = { replicationFactor: 1, config: {} }
  await ensureTopics(kafka, [
    { name: topic, partitions: 2, ...shape },
    { name: state, partitions: 1, ...shape },
  ])
  const handled: LogRecord[] = []
  const lines: string[] = []
  const logger = createLogger({ name: 'added-partitions', level: 'silent' })
  const events = processorEvents({ logger, metrics: createMetrics('added-partitions') })
  running = await runTopology(
    {
      name: topic,
      inputTopic: topic,
      restoreFrom: [{ topic: state }],
      writesTo: [state],
      create: () => ({
        restore: () => undefined,
        process: (records) => {
          handled.push(...records)
          return []
        },
      }),
    },
    {
      kafka,
      events: { ...events, partitionHalted: ({ err }) => void lines.push(String(err)) },
      fail: () => undefined,
      stateDir: undefined,
      commitIntervalMs: 25,
    },
  )
  const writer = createLogWriter(kafka)
  const messages = [{ key: null, value: Buffer.from('x') }]
  await writer.send([0, 1].map((partition) => ({ topic, partition, messages })))

  await expect.poll(() => lines, { timeout: 20_000 }).toHaveLength(1)
  await expect.poll(() => handled.length, { timeout: 20_000 }).toBe(1)
  expect(lines[0]).toContain(`${topic} has a partition 1, and ${state} has none`)
  expect(handled.map(({ partition }) => partition)).toEqual([0])
  const red = running.probes.filter((each) => !each.check().ok).map(({ name }) => name)
  expect(red).toEqual([`${topic} partitions`])
  await writer.close()
  await running.stop()
  running = undefined
  await kafka.close()
})
