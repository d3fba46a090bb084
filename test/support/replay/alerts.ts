import type { SpendAlert } from '@meterline/domain'
import { Kafka, logLevel } from 'kafkajs'
import { expect } from 'vitest'

import { eventually } from '../meterline.ts'
import type { Meterline } from '../meterline.ts'

/** Everything on spend.alert, read as any subscriber would: a stock client, committed records only. */
export async function readAlerts(meterline: Meterline): Promise<SpendAlert[]> {
  const kafka = new Kafka({
    brokers: meterline.credentials.kafka_brokers.split(','),
    logLevel: logLevel.NOTHING,
  })
  const admin = kafka.admin()
  await admin.connect()
  const offsets = await admin.fetchTopicOffsets('spend.alert')
  await admin.disconnect()
  const ends = new Map(
    offsets.filter(({ high }) => high !== '0').map(({ partition, high }) => [partition, Number(high)]),
  )
  const alerts: SpendAlert[] = []
  if (ends.size === 0) return alerts

  const consumer = kafka.consumer({ groupId: `replay-test-${process.pid}-${performance.now()}` })
  await consumer.connect()
  await consumer.subscribe({ topics: ['spend.alert'], fromBeginning: true })
  const done = Promise.withResolvers<void>()
  await consumer.run({
    eachBatch: async ({ batch }) => {
      for (const { value } of batch.messages) {
        const event = JSON.parse(value?.toString() ?? '') as { specversion: string; data: SpendAlert }
        expect(event.specversion).toBe('1.0')
        alerts.push(event.data)
      }
      // The last offset of a partition is a transaction marker, which no consumer is shown.
      if (Number(batch.lastOffset()) + 1 >= (ends.get(batch.partition) ?? 0) - 1) ends.delete(batch.partition)
      if (ends.size === 0) done.resolve()
    },
  })
  await done.promise
  await consumer.disconnect()
  return alerts
}

/** `scope|rule|severity|threshold`, once each: what the budgets of the replay must have said, and nothing else of that kind. */
export async function checkTierAlerts(meterline: Meterline, expected: readonly string[]): Promise<void> {
  const alerts = await eventually(
    () => readAlerts(meterline),
    (all) => new Set(tierAlerts(all)).size >= expected.length,
  )
  expect(tierAlerts(alerts).sort()).toEqual([...expected].sort())
  const ids = alerts.filter(isFiring).map(({ id }) => id)
  expect(new Set(ids).size).toBe(ids.length)
}

function isFiring(alert: SpendAlert): boolean {
  return alert.state === 'firing' && alert.version === 1
}

function tierAlerts(alerts: readonly SpendAlert[]): string[] {
  return alerts
    .filter(isFiring)
    .filter(({ rule }) => rule === 'budget_threshold' || rule === 'daily_forecast')
    .map(({ scope, rule, severity, threshold }) => `${scope}|${rule}|${severity}|${threshold}`)
}

/** The daily z of the team that spent once today equals the SQL of the definition, over ClickHouse. */
export async function checkDailyZ(
  meterline: Meterline,
  options: { readonly team: string; readonly timeZone: string },
): Promise<void> {
  const scope = `team:${options.team}`
  const alerts = await eventually(
    () => readAlerts(meterline),
    (all) => all.some((alert) => alert.rule === 'anomaly_daily' && alert.scope === scope),
  )
  const fired = alerts.filter(
    (alert) => alert.rule === 'anomaly_daily' && alert.scope === scope && isFiring(alert),
  )
  expect(fired).toHaveLength(1)
  const [sql] = await meterline.sql<{ z: number; mean: number; stddev: number; days: string }>(`
    WITH toDate(now(), '${options.timeZone}') AS today,
      daily AS (
        SELECT toDate(timestamp, '${options.timeZone}') AS day, sum(credits_micro) AS credits
        FROM usage WHERE team = '${options.team}' GROUP BY day
      )
    SELECT
      avgIf(credits, day < today AND day >= today - 30) AS mean,
      stddevSampIf(credits, day < today AND day >= today - 30) AS stddev,
      countIf(day < today AND day >= today - 30) AS days,
      (sumIf(credits, day = today) - mean) / stddev AS z
    FROM daily`)
  expect(sql?.days).toBe('30')
  expect(fired[0]?.z).toBeCloseTo(sql?.z ?? Number.NaN, 6)
  expect(fired[0]?.z).toBeGreaterThan(3)
}
