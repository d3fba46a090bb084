import { createKafkaClient, createLogWriter, ensureTopics } from '@meterline/kafka'
import { createLogger, createMetrics } from '@meterline/runtime'
import type { LogRecord } from '@meterline/topology'
import { afterEach, expect, inject, test } from 'vitest'

import { processorEvents } from './events.ts'
import { runTopology, type RunningTopology } from './run-topology.ts'

let running: RunningTopology | undefined
let letGo: () => void = () => undefined
afterEach(async () => {
  letGo()
  await running?.stop()
})

test('a handler that hangs turns its partition red, and the process starts again and says why', async () => {
  const kafka = createKafkaClient({ brokers: inject('stack').kafkaBrokers, clientId: 'hang-test' })
  const topic = `hang_${process.pid}`
  await ensureTopics(kafka, [{ name: topic, partitions: 2, replicationFactor: 1, config: {} }])
  const writer = createLogWriter(kafka)
  const handled: LogRecord[] = []
  const hung = new Promise<void>((resolve) => (letGo = resolve))
  const hang = {
    name: topic,
    inputTopic: topic,
    restoreFrom: [],
    writesTo: [],
    // The second partition goes on all the while: one that hangs must show among those that do not.
    prepare: (records: readonly LogRecord[]) => (records[0]?.partition === 0 ? hung : Promise.resolve()),
    create: () => ({
      restore: () => undefined,
      process: (records: readonly LogRecord[]) => {
        handled.push(...records)
        return []
      },
    }),
  }
  const failed = Promise.withResolvers<unknown>()
  const events = processorEvents({
    logger: createLogger({ name: 'hang-test', level: 'error' }),
    metrics: createMetrics('hang-test'),
  })
  const host = { kafka, events, fail: failed.resolve, stateDir: undefined, commitIntervalMs: 25 }
  running = await runTopology(hang, { ...host, stallBoundMs: 2_000 })
  const startedMs = performance.now()
  const send = (partition: number) =>
    writer.send([{ topic, partition, messages: [{ key: null, value: Buffer.from('x') }] }])
  await send(0)
  await send(0)
  const steady = setInterval(() => void send(1), 100)

  const error = await failed.promise
  clearInterval(steady)
  expect(String(error)).toMatch(new RegExp(`${topic}/0 has stood at 0 for \\d s with a lag of [12],`))
  expect(performance.now() - startedMs).toBeLessThan(15_000)
  expect(running.probes[0]?.check()).toMatchObject({ ok: false })
  expect(handled.length).toBeGreaterThan(5)
  expect(new Set(handled.map(({ partition }) => partition))).toEqual(new Set([1]))
  letGo()
  await running.stop()
  running = undefined
  await writer.close()
  await kafka.close()
})
