import { TOPICS } from '@meterline/contract'
import { readLog } from '@meterline/kafka'

import { EXPECTED_TIERS } from '../world/organization.ts'
import type { World } from '../world/world.ts'
import { difference, repeated } from './differences.ts'

interface Alert {
  readonly id: string
  readonly version: number
  readonly state: string
  readonly rule: string
  readonly scope: string
  readonly severity: string
  readonly threshold: number
}

/** Every tier of both budgets fired once; no alert has a version twice, on the topic or in the table, which say the same. */
export async function checkAlerts(world: World): Promise<string[]> {
  const topic = TOPICS.spendAlert.name
  const alerts: Alert[] = []
  for (const partition of await world.kafka.reads.partitionsOf(topic)) {
    for await (const records of readLog(world.kafka, { topic, partition, to: 'end' })) {
      for (const { value } of records)
        alerts.push((JSON.parse(value?.toString() ?? '') as { data: Alert }).data)
    }
  }
  const versions = alerts.map(({ id, version }) => `${id} version ${version}`)
  const fired = alerts
    .filter(({ rule, state, version }) => rule === 'budget_threshold' && state === 'firing' && version === 1)
    .map(({ scope, severity, threshold }) => `${scope}|${severity}|${threshold}`)
  const rows = await world.clickhouse.rows<{ alert: string }>(
    `SELECT concat(id, ' version ', toString(version)) AS alert FROM alerts`,
  )
  return [
    ...difference('alerts told twice', { wanted: '', found: repeated(versions).join(', ') }),
    ...difference('budget alerts', {
      wanted: [...EXPECTED_TIERS].sort().join('; '),
      found: fired.sort().join('; '),
    }),
    ...difference('rows of alerts', {
      wanted: versions.sort().join('; '),
      found: rows
        .map(({ alert }) => alert)
        .sort()
        .join('; '),
    }),
  ]
}
