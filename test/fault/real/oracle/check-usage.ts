import { TOPICS } from '@meterline/contract'
import { readLog } from '@meterline/kafka'
import { reconcile } from '@meterline/reconciliation'

import { creditsMicro } from '../../../support/replay/oracle.ts'
import type { Ledger } from '../traffic/ledger.ts'
import type { World } from '../world/world.ts'
import { difference, repeated, setDifferences } from './differences.ts'
import type { Input } from './read-input.ts'

const RECONCILE_WAIT_MS = 60_000

/** Everything acknowledged is in the log, and stays where its duplicates meet it. */
export function checkAcknowledged(input: Input, ledger: Ledger): string[] {
  const lost = [...ledger.acknowledged].filter((id) => !input.events.has(id))
  const unanswered = [...ledger.events.keys()].filter((id) => !ledger.acknowledged.has(id))
  return [
    ...difference('acknowledged events that are not in usage.events', { wanted: 0, found: lost.length }),
    ...difference('events that were never acknowledged', { wanted: 0, found: unanswered.length }),
    ...difference('requests in two partitions', { wanted: 0, found: input.scattered.length }),
  ]
}

/** Meter's own account: accepted = metered + duplicates + rejected per partition, as the log says; and rows = metered. */
export async function checkReconciliation(world: World, input: Input): Promise<string[]> {
  const found = await reconcile({
    kafka: world.kafka,
    clickhouse: world.clickhouse,
    waitMs: RECONCILE_WAIT_MS,
    withEarlier: true,
  })
  const problems = difference('the reconciliation', { wanted: 0, found: found.difference })
  for (const { partition, ...wanted } of input.partitions) {
    if (wanted.accepted === 0) continue
    const rows = found.rows.filter((row) => row.partition === partition)
    for (const name of ['accepted', 'metered', 'duplicates', 'rejected'] as const) {
      const sum = rows.reduce((total, row) => total + row[name], 0)
      problems.push(
        ...difference(`${name} in partition ${partition}, by meter's count`, {
          wanted: wanted[name],
          found: sum,
        }),
      )
    }
  }
  return problems
}

/** `usage.metered` has each valid request once. */
export async function checkMetered(world: World, input: Input): Promise<string[]> {
  const topic = TOPICS.usageMetered.name
  const ids: string[] = []
  for (const partition of await world.kafka.reads.partitionsOf(topic)) {
    for await (const records of readLog(world.kafka, { topic, partition, to: 'end' })) {
      for (const { key } of records) ids.push(key?.toString() ?? '')
    }
  }
  return [
    ...difference('requests metered twice', { wanted: '', found: repeated(ids).slice(0, 5).join(', ') }),
    ...setDifferences('usage.metered', { wanted: new Set(input.events.keys()), found: new Set(ids) }),
  ]
}

/** The table has each valid request once, at its price; the views say what the table says. */
export async function checkRows(world: World, input: Input): Promise<string[]> {
  const { clickhouse } = world
  const rows = await clickhouse.rows<{ id: string; micro: number }>(
    'SELECT request_id AS id, credits_micro AS micro FROM usage',
  )
  const wrongPrices = rows.filter(({ id, micro }) => {
    const event = input.events.get(id)
    return event !== undefined && creditsMicro(event) !== BigInt(micro)
  })
  return [
    ...difference('rows of usage', { wanted: input.events.size, found: rows.length }),
    ...difference('requests with two rows', {
      wanted: '',
      found: repeated(rows.map(({ id }) => id))
        .slice(0, 5)
        .join(', '),
    }),
    ...setDifferences('usage', {
      wanted: new Set(input.events.keys()),
      found: new Set(rows.map(({ id }) => id)),
    }),
    ...difference('rows at another price', { wanted: 0, found: wrongPrices.length }),
  ]
}

const VIEWS = [
  ['credits_by_team', true],
  ['model_costs', true],
  ['request_summary', false],
  ['forecast_inputs', true],
] as const
/** Refreshed every minute, all of them. */
const REFRESH_WITHIN_MS = 100_000
const POLL_MS = 500

/** Requests and credits of the live views, and of the refreshed ones once they were refreshed. */
export async function checkViews(world: World, input: Input): Promise<string[]> {
  const micro = [...input.events.values()].reduce((sum, event) => sum + creditsMicro(event), 0n)
  const problems: string[] = []
  const refreshedByMs = performance.now() + REFRESH_WITHIN_MS
  for (const [name, hasCredits] of VIEWS) {
    for (const prefix of ['live', 'mv']) {
      const wanted = `${input.events.size} requests${hasCredits ? `, ${micro} micro-credits` : ''}`
      const sums = hasCredits
        ? 'sum(requests) AS requests, toInt64(sum(credits) * 1000000) AS micro'
        : 'sum(requests) AS requests'
      const untilMs = prefix === 'mv' ? refreshedByMs : 0
      for (;;) {
        const [row] = await world.clickhouse.rows<{ requests: number; micro?: number }>(
          `SELECT ${sums} FROM ${prefix}_${name}`,
        )
        const found = `${row?.requests} requests${hasCredits ? `, ${row?.micro} micro-credits` : ''}`
        if (found !== wanted && performance.now() < untilMs) {
          await new Promise((resolve) => setTimeout(resolve, POLL_MS))
          continue
        }
        problems.push(...difference(`${prefix}_${name}`, { wanted, found }))
        break
      }
    }
  }
  return problems
}
