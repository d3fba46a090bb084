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

/** A key that was not registered is; what it had sent is replayed, and counts. A second replay finds nothing left to send. */
export async function checkRejectedReplay(meterline: Meterline, plan: ReplayPlan): Promise<void> {
  const unknown = plan.malformed.filter(({ reason }) => reason === 'unknown_key').length
  expect(unknown).toBeGreaterThan(5)
  const organization = readFileSync(join(meterline.stateDir, 'organization.yaml'), 'utf8')
  const key = '  - { id: key_of_nobody, project: nightly-app, environment: prod, labels_from: event }'
  await meterline.apply(organization.replace('\nkeys:\n', `\nkeys:\n${key}\n`))

  const replay = async (...flags: string[]) =>
    JSON.parse(await meterline.cli('rejected', 'replay', '--reason', 'unknown_key', '--json', ...flags)) as {
      records: number
      requests: number
    }
  expect(await replay('--dry-run')).toMatchObject({ records: unknown, requests: 0 })
  expect(await replay('--yes')).toMatchObject({ records: unknown, requests: 0 })
  const meteredEvents = plan.distinct.length + unknown
  await eventually(
    () => meterline.sql<{ rows: string }>('SELECT count() AS rows FROM usage'),
    ([row]) => row?.rows === String(meteredEvents),
  )
  expect(await replay('--yes')).toMatchObject({
    records: 0,
    skipped: { 'it is counted already': unknown },
  })
  await checkReconciliation(meterline, meteredEvents)
}
