import { createStallWatch } from '@meterline/runtime'
import { expect, test } from 'vitest'

import { readSinkConfig } from './config.ts'
import { observeTrouble, sinkProbes } from './health.ts'
import { SinkHalt } from './exactly-once/sink-halt.ts'
import { sinkSettings } from './settings.ts'
import { SILENT_LOAD_EVENTS } from './testing/silent-load-events.ts'

const environment = {
  KAFKA_BROKERS: '127.0.0.1:9092',
  CLICKHOUSE_URL: 'http://127.0.0.1:8123',
  SCHEMA_REGISTRY_URL: 'http://127.0.0.1:8081',
}

test('the defaults are bounds that one block of ClickHouse can hold', () => {
  const settings = sinkSettings(readSinkConfig(environment))
  expect(settings.bounds).toMatchObject({ maxRows: 65_536, maxAgeMs: 1_000 })
  expect(settings.bounds.maxRows).toBeLessThan(1_048_449)
  expect(settings.bounds.maxMonths).toBeLessThan(100)
})

test('a halted partition makes the service red, and says why', () => {
  const halted = [new SinkHalt('contradiction', 'usage holds too much')]
  const pipeline = {
    progress: () => ({ storedRows: 1, waitingRecords: 0, halted, partitions: [], standing: [] }),
  }
  const [progress, partitions] = sinkProbes(pipeline, createStallWatch())
  expect(progress?.check()).toMatchObject({ ok: true })
  expect(partitions?.check()).toEqual({ ok: false, detail: 'contradiction: usage holds too much' })
})

test('a sink that was started while ClickHouse is away, and waits in a take-over, is red', () => {
  const standingFor = (forMs: number) => ({
    progress: () => ({
      storedRows: 0,
      waitingRecords: 0,
      halted: [],
      partitions: [],
      standing: [{ name: 'usage.metered/3', state: 'opening' as const, forMs }],
    }),
  })
  const takeOver = (forMs: number) => sinkProbes(standingFor(forMs), createStallWatch())[2]?.check()
  expect(takeOver(5_000)).toEqual({ ok: true })
  expect(takeOver(31_000)).toEqual({ ok: false, detail: 'usage.metered/3 has been opening for 31 s' })
})

test('an answer about what has arrived, which may take long, keeps a sink from being started over, and not from being red', () => {
  let nowMs = 0
  const watch = createStallWatch({ nowMs: () => nowMs })
  const events = observeTrouble(watch).loadEvents(SILENT_LOAD_EVENTS)
  watch.observe([{ name: 'usage.metered/3', position: 7, lag: 1 }])
  nowMs = 20_000
  events.settled({ table: 'usage', partition: 3, arrivedMonths: 0, missingMonths: 1, durationMs: 12_000 })
  nowMs = 31_000
  expect(watch.silentStall()).toBeUndefined()
  expect(watch.check()).toMatchObject({ ok: false })
  nowMs = 50_000
  expect(watch.silentStall()).toMatch(/^usage.metered\/3 has stood at 7 for/)
})
