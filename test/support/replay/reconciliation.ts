import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'

import { eventually } from '../meterline.ts'
import type { Meterline } from '../meterline.ts'
import type { ReplayPlan } from './plan.ts'

interface Reconciliation {
  readonly holds: boolean
  readonly difference: number
  readonly rows: readonly {
    readonly accepted: number
    readonly metered: number
    readonly rejected: number
    readonly rows: number
  }[]
  readonly partitions: readonly { readonly holes: number }[]
}

/** Every record of `usage.events` was read, has one fate, and stands where it should; `meterline reconcile` ends with 0. */
export async function checkReconciliation(meterline: Meterline, meteredEvents: number): Promise<void> {
  const result = JSON.parse(await meterline.cli('reconcile', '--all', '--json')) as Reconciliation
  expect(result).toMatchObject({ holds: true, difference: 0 })
  const sum = (name: 'accepted' | 'metered' | 'rows') =>
    result.rows.reduce((total, row) => total + row[name], 0)
  expect(sum('metered')).toBe(meteredEvents)
  expect(sum('rows')).toBe(meteredEvents)
  expect(sum('accepted')).toBeGreaterThan(meteredEvents)
  expect(result.partitions.filter(({ holes }) => holes !== 0)).toEqual([])
}

/**
 * A key that was not registered is, and a label policy allows another value; what had been rejected for the one and the other is
 * replayed, and counts. A second replay finds nothing left to send.
 */
export async function checkRejectedReplay(meterline: Meterline, plan: ReplayPlan): Promise<void> {
  const organization = readFileSync(join(meterline.stateDir, 'organization.yaml'), 'utf8')
  const key = '  - { id: key_of_nobody, project: nightly-app, environment: prod, labels_from: event }'
  await meterline.apply(
    organization
      .replace('\nkeys:\n', `\nkeys:\n${key}\n`)
      .replace('allowed_values: [blue]', 'allowed_values: [blue, red]'),
  )

  let meteredEvents = plan.distinct.length
  for (const reason of ['unknown_key', 'label_not_allowed'] as const) {
    const sent = plan.malformed.filter((malformed) => malformed.reason === reason)
    // What came over Kafka goes there again, what the gateway refused goes through it.
    const records = sent.filter(({ channel }) => channel === 'kafka').length
    const requests = sent.length - records
    expect(records).toBeGreaterThan(5)
    const replay = async (...flags: string[]) =>
      JSON.parse(await meterline.cli('rejected', 'replay', '--reason', reason, '--json', ...flags)) as object
    expect(await replay('--dry-run')).toMatchObject({ records, requests })
    expect(await replay('--yes')).toMatchObject({ records, requests })
    meteredEvents += sent.length
    const rows = String(meteredEvents)
    await eventually(
      () => meterline.sql<{ rows: string }>('SELECT count() AS rows FROM usage'),
      ([row]) => row?.rows === rows,
    )
    expect(await replay('--yes')).toMatchObject({
      records: 0,
      requests: 0,
      skipped: { 'it is counted already': sent.length },
    })
  }
  await checkReconciliation(meterline, meteredEvents)
}
