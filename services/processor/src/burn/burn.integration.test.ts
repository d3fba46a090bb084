import { frame, partitionForKey, encodeSpendRecord } from '@meterline/contract'
import { createOrganizationView } from '@meterline/domain'
import type { ScopeId, SpendAlert } from '@meterline/domain'
import { createKafkaClient, createLogWriter, ensureTopics, followTopic } from '@meterline/kafka'
import type { KafkaClient, LogWriter } from '@meterline/kafka'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, inject, test } from 'vitest'

import { alertsIn, allocation, CREDIT } from './burn-log.test-data.ts'
import { startBurn } from './start-burn.ts'
import type { RunningBurn } from './start-burn.ts'

const PARTITIONS = 2
const SCHEMA_IDS = { spendDelta: 10, spendState: 11, burnChangelog: 12, spendLease: 13 }
const PAYMENTS: ScopeId = 'billing_group:payments'

let client: KafkaClient
let writer: LogWriter
let topics: NonNullable<Parameters<typeof startBurn>[0]['topics']>
let alerts: { readonly alert: SpendAlert; readonly seenMs: number }[]
let running: RunningBurn[]
let undo: (() => Promise<unknown>)[]

beforeEach(async () => {
  const name = `burn_${process.pid}_${performance.now().toFixed(0)}`
  client = createKafkaClient({ brokers: inject('stack').kafkaBrokers, clientId: name })
  writer = createLogWriter(client)
  topics = {
    spendDelta: `${name}.spend.delta`,
    spendAlert: `${name}.spend.alert`,
    spendLease: `${name}.spend.lease`,
    spendState: `${name}.spend.state`,
    burnChangelog: `${name}.burn.changelog`,
  }
  await ensureTopics(
    client,
    Object.values(topics).map((topic) => ({
      name: topic,
      partitions: PARTITIONS,
      replicationFactor: 1,
      config: {},
    })),
  )
  alerts = []
  running = []
  const follower = await followTopic(client, {
    topic: topics.spendAlert,
    from: 'first',
    onRecord: (record) => {
      for (const alert of alertsIn([record])) alerts.push({ alert, seenMs: Date.now() })
    },
  })
  undo = [() => follower.stop(), () => writer.close(), () => client.close()]
})

afterEach(async () => {
  for (const burn of running) await burn.stop()
  for (const step of undo) await step()
})

test('an alert comes within a second of the spend, and a restart neither loses nor repeats one', async () => {
  const first = await start()
  await spend(650)
  const crossedMs = Date.now()
  await spend(60)
  await until(() => alerts.length === 1)
  expect((alerts[0]?.seenMs ?? Infinity) - crossedMs).toBeLessThan(1_000)

  await first.stop()
  running = []
  await spend(100)
  await start()
  await spend(100)
  await until(() => alerts.length === 2)
  await spend(100)
  await until(() => alerts.length === 3)
  expect(alerts.map(({ alert }) => [alert.threshold, alert.current_usage, alert.version])).toEqual([
    [0.7, 710, 1],
    [0.9, 910, 1],
    [1, 1_010, 1],
  ])
})

test('a new budget is in force without spend, and a raised one resolves what it had raised', async () => {
  const view = organization(1_000)
  await start(view)
  await spend(800)
  await until(() => alerts.length === 1)
  view.entities.allocation.set('acme-bg-payments', limited(10_000))
  view.offset += 1
  await until(() => alerts.length === 2)
  expect(alerts.map(({ alert }) => alert.state)).toEqual(['firing', 'resolved'])
})

const limited = (credits: number) => allocation({ monthly_credits_micro: credits * CREDIT })

function organization(credits: number) {
  const view = createOrganizationView()
  view.entities.organization.set('acme', {
    id: 'acme',
    name: 'Acme',
    reporting_time_zone: 'UTC',
    unattributed: 'reject',
  })
  view.entities.allocation.set('acme-bg-payments', limited(credits))
  view.offset = 3
  return view
}

async function start(view = organization(1_000)): Promise<RunningBurn> {
  const burn = await startBurn({
    client,
    writer,
    schemaIds: SCHEMA_IDS,
    view,
    nowMs: () => Date.now(),
    topics,
    groupId: topics.spendDelta,
    onEvent: () => undefined,
    onFatal: (error) => {
      throw error
    },
    onPulseTrouble: () => undefined,
    reports: {
      skipped: ({ err }) => {
        throw err
      },
      late: () => undefined,
    },
  })
  running.push(burn)
  // Ready when the first ticks and the budgets have been read on every partition.
  await until(
    () => [...burn.progress().values()].filter(({ position = 0 }) => position > 1).length === PARTITIONS,
  )
  return burn
}

/** Spend as meter writes it, now. */
async function spend(credits: number): Promise<void> {
  const paneStart = Math.floor(Date.now() / 1_000) * 1_000
  const value = encodeSpendRecord({
    kind: 'delta',
    scope: PAYMENTS,
    pane_start: paneStart,
    credits_micro: credits * CREDIT,
    requests: 1,
    unrated_requests: 0,
    units: {},
    drivers: [],
  })
  const message = { key: PAYMENTS, value: frame(SCHEMA_IDS.spendDelta, value), timestampMs: paneStart }
  const partition = partitionForKey(PAYMENTS, PARTITIONS)
  await writer.send([{ topic: topics.spendDelta, partition, messages: [message] }], { timeoutMs: 30_000 })
}

async function until(holds: () => boolean): Promise<void> {
  const deadlineMs = Date.now() + 60_000
  while (!holds()) {
    if (Date.now() > deadlineMs) throw new Error('not within a minute')
    await sleep(10)
  }
}
