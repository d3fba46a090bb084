import { usageEventCodec } from '@meterline/contract'

import type { Meterline } from '../meterline.ts'
import { eventually, startMeterline } from '../meterline.ts'
import { noonZone } from './calendar.ts'
import { billingGroupOf, sumBy } from './oracle.ts'
import { replayOrganization } from './organization.ts'
import { planReplay } from './plan.ts'
import type { ReplayPlan } from './plan.ts'
import { connectProducer } from './producer.ts'
import { sendDeliveries, sendMalformed } from './send.ts'
import type { Sender } from './send.ts'
import { loadTrace } from './trace.ts'

const USAGE_PARTITIONS = 8
const MICRO = 1_000_000n
/** Payments ends the month so far at 96 % of its allocation, support at 125 %. */
const BUDGET_AT_PERCENT = { payments: 96n, support: 125n } as const

export interface Replay {
  readonly meterline: Meterline
  readonly plan: ReplayPlan
  readonly timeZone: string
  readonly offsetMs: number
  readonly sender: Sender
  /** `scope|rule|severity|threshold` of every tier alert that has to come. */
  readonly expectedAlerts: readonly string[]
  stop(): Promise<void>
}

/** A running Meterline with the replay's organization, and the plan of what will be sent to it. */
export async function prepareReplay(seed: number): Promise<Replay> {
  const nowMs = Date.now()
  const zone = noonZone(nowMs)
  const plan = planReplay({ rows: loadTrace().rows, nowMs, offsetMs: zone.offsetMs, seed })
  const meterline = await startMeterline()
  await meterline.apply(
    replayOrganization({ timeZone: zone.name, budgets: budgetsOf(plan, nowMs, zone.offsetMs) }),
  )
  const producer = await connectProducer(meterline.credentials.kafka_brokers)
  const sender = {
    meterline,
    producer,
    schemaId: await usageSchemaId(meterline),
    usagePartitions: USAGE_PARTITIONS,
  }
  return {
    meterline,
    plan,
    timeZone: zone.name,
    offsetMs: zone.offsetMs,
    sender,
    expectedAlerts: [
      ...tiers('billing_group:payments', { info: 0.5, warning: 0.7, critical: 0.9 }),
      ...tiers('billing_group:support', { info: 0.5, warning: 0.7, critical: 0.9, hard_cap: 1 }),
    ],
    async stop() {
      await producer.close()
      await meterline.stop()
    },
  }
}

/** History first, so that today is judged against it; then the trace, then what is malformed. */
export async function sendReplay({ sender, plan, meterline }: Replay): Promise<void> {
  await sendDeliveries(sender, plan.history)
  await eventually(
    () => meterline.sql<{ rows: string }>('SELECT count() AS rows FROM usage'),
    ([row]) => row?.rows === String(plan.history.length),
  )
  await sendDeliveries(sender, plan.traffic)
  await sendMalformed(sender, plan.malformed)
}

const tiers = (scope: string, thresholds: Record<string, number>) =>
  Object.entries(thresholds).map(
    ([severity, threshold]) =>
      `${scope}|${severity === 'info' ? 'daily_forecast' : 'budget_threshold'}|${severity}|${threshold}`,
  )

function budgetsOf(plan: ReplayPlan, nowMs: number, offsetMs: number) {
  const month = new Date(nowMs + offsetMs).toISOString().slice(0, 7)
  const spent = sumBy(
    plan.distinct.filter(({ timestamp }) => new Date(timestamp + offsetMs).toISOString().startsWith(month)),
    billingGroupOf,
  )
  return (['payments', 'support'] as const).map((billingGroup) => ({
    billingGroup,
    monthlyCredits: Number(
      ((spent.get(billingGroup) ?? 0n) * 100n) / BUDGET_AT_PERCENT[billingGroup] / MICRO,
    ),
  }))
}

async function usageSchemaId({ credentials }: Meterline): Promise<number> {
  const response = await fetch(
    `${credentials.schema_registry_url}/subjects/usage.events-value/versions/latest`,
  )
  const { id, schema } = (await response.json()) as { id: number; schema: string }
  // The replay encodes with the repository's schema; it must be the registered one.
  if (
    JSON.parse(schema).fields.length !==
    (JSON.parse(JSON.stringify(usageEventCodec.type)) as { fields: unknown[] }).fields.length
  ) {
    throw new Error('the registered schema of usage.events is another one')
  }
  return id
}
