import type { SpendAlert } from '@meterline/domain'
import { TopologyTestDriver } from '@meterline/topology'
import type { LogRecord, TestInput } from '@meterline/topology'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { alertsIn, delta, policy, ruleOf, SCHEMA_IDS, tick } from './burn-log.test-data.ts'
import { burnTopology } from './topology.ts'

const SUPPORT = 'billing_group:support'
const PANE_MS = 300_000
const PANES_PER_DAY = 288
const START_MS = Date.UTC(2026, 9, 26)
const DAYS = 23

/** Two weeks of office hours, then a surge, a silence of half a day, and another surge. */
const log = [policy(1, { allocations: [], alert_policies: [ruleOf('silence', 'billing_group:*', {})] })]
for (let pane = 0; pane < DAYS * PANES_PER_DAY; pane++) log.push(...inPane(pane))

/** The last day has two records a pane, the half before it one. */
const IN_THE_SILENCE = log.length - 2 * PANES_PER_DAY - PANES_PER_DAY / 4
const whole = alertsOf(log)

test('surges and silences are found at the same panes after restarts from compacted changelogs, wherever they come', () => {
  const rules = new Set(whole.map(({ rule, window }) => `${rule} ${window}`))
  expect([...rules].sort()).toEqual(
    expect.arrayContaining(['anomaly_seasonal 1h', 'anomaly_seasonal 5m', 'silence 5m']),
  )
  const cuts = fc.uniqueArray(fc.integer({ min: 1, max: log.length - 1 }), { minLength: 1, maxLength: 4 })
  fc.assert(
    fc.property(cuts, fc.integer({ min: 1, max: 900 }), (restarts, size) => {
      const inOrder = [...restarts, IN_THE_SILENCE].sort((a, b) => a - b)
      expect(alertsOf(log, { restarts: inOrder, size })).toEqual(whole)
    }),
    { numRuns: 8 },
  )
}, 60_000)

function inPane(pane: number): TestInput[] {
  const atMs = START_MS + pane * PANE_MS
  const day = Math.floor(pane / PANES_PER_DAY)
  const hour = (pane % PANES_PER_DAY) / 12
  const isOffice = day % 7 < 5 && hour >= 8 && hour < 18
  const isSilent = day === 21 && hour >= 12
  const isSurge = (day === 18 || day === 22) && hour >= 10 && hour < 12
  const credits = (isOffice ? 60 : 2) + (pane % 5) + (isSurge ? 900 : 0)
  return [...(isSilent ? [] : [delta(SUPPORT, atMs + 60_000, credits)]), tick(atMs + 200_000)]
}

/** What burn says, in batches of that size, ended early by each restart: from the newest record of each key alone. */
function alertsOf(
  inputs: readonly TestInput[],
  { restarts = [], size = 500 }: { readonly restarts?: readonly number[]; readonly size?: number } = {},
): SpendAlert[] {
  const told: LogRecord[] = []
  let changelog: readonly LogRecord[] = []
  let from = 0
  for (const to of [...restarts, inputs.length]) {
    const driver = new TopologyTestDriver(from === 0 ? burnTopology(SCHEMA_IDS) : restoringFrom(changelog))
    driver.append(inputs.slice(from, to))
    while (driver.lag > 0) driver.commit(Math.min(size, driver.lag))
    told.push(...driver.read('spend.alert'))
    changelog = compacted([...changelog, ...driver.read('burn.changelog')])
    from = to
  }
  return alertsIn(told)
}

function restoringFrom(changelog: readonly LogRecord[]) {
  const topology = burnTopology(SCHEMA_IDS)
  return {
    ...topology,
    create: (partition: number) => {
      const task = topology.create(partition)
      for (const record of changelog) task.restore('burn.changelog', record)
      return task
    },
  }
}

/** No tombstones either. */
function compacted(records: readonly LogRecord[]): LogRecord[] {
  const newest = new Map(records.map((record, index) => [String(record.key), index]))
  return records.filter(({ key, value }, index) => value !== null && newest.get(String(key)) === index)
}
