import type { ScopeId } from '@meterline/domain'
import { dailyZSql } from '@meterline/domain'
import { TopologyTestDriver } from '@meterline/topology'
import { expect, test } from 'vitest'

import { ownDatabase } from '../../../../test/support/own-database.ts'
import { alertsIn, CREDIT, delta, policy, SCHEMA_IDS, statesIn } from './burn-log.test-data.ts'
import { burnTopology } from './topology.ts'

const DAY_MS = 86_400_000
const AS_OF_MS = Date.parse('2026-10-28T20:15:30Z')

const database = ownDatabase('daily_z')

interface Spend {
  readonly atMs: number
  readonly credits: number
}

/** Days of spend before `AS_OF_MS`, several times a day, with gaps: the same for every run. */
function spendOf(seed: number, days: number, gapEvery: number): Spend[] {
  return Array.from({ length: days * 3 }, (_, index) => ({
    atMs:
      AS_OF_MS -
      Math.floor(index / 3) * DAY_MS -
      (index % 3) * 5 * 3_600_000 -
      ((seed * index) % 977) * 1_000,
    credits: 10 + ((seed * (index + 1) * 7_919) % 1_000) / 7,
  })).filter(({ atMs }) => atMs > AS_OF_MS - DAY_MS / 3 || Math.floor(atMs / DAY_MS) % gapEvery !== 0)
}

const CASES: readonly {
  readonly team: string
  readonly timeZone: string
  readonly spend: readonly Spend[]
}[] = [
  { team: 'full', timeZone: 'Europe/Berlin', spend: spendOf(3, 45, 1_000) },
  { team: 'gaps', timeZone: 'America/New_York', spend: spendOf(5, 40, 4) },
  { team: 'young', timeZone: 'Asia/Kolkata', spend: spendOf(11, 9, 1_000) },
  { team: 'new', timeZone: 'UTC', spend: spendOf(13, 4, 1_000) },
  {
    team: 'back',
    timeZone: 'Australia/Lord_Howe',
    spend: [...spendOf(17, 2, 1_000), { atMs: AS_OF_MS - 55 * DAY_MS, credits: 9 }],
  },
  {
    team: 'forgotten',
    timeZone: 'UTC',
    spend: [
      { atMs: AS_OF_MS, credits: 50 },
      { atMs: AS_OF_MS - 62 * DAY_MS, credits: 9 },
    ],
  },
  {
    team: "o'quiet\\",
    timeZone: 'UTC',
    spend: Array.from({ length: 20 }, (_, day) => ({ atMs: AS_OF_MS - day * DAY_MS, credits: 5 })),
  },
]

test.each(CASES)(
  'the z of $team in $timeZone is that of the SQL over usage',
  async ({ team, timeZone, spend }) => {
    const { clickhouse } = database
    const scope: ScopeId = `team:${team}`
    const ordered = [...spend].sort((a, b) => a.atMs - b.atMs)
    const rows = ordered.map(({ atMs, credits }, index) => ({
      request_id: `${team}-${index}`,
      timestamp: atMs,
      organization: 'acme',
      team,
      credits_micro: Math.round(credits * CREDIT),
    }))
    const body = Buffer.from(rows.map((row) => JSON.stringify(row)).join('\n'))
    await clickhouse.send(
      'INSERT INTO usage (request_id, timestamp, organization, team, credits_micro)' +
        " SELECT request_id, fromUnixTimestamp64Milli(timestamp), organization, team, credits_micro FROM input('request_id String, timestamp Int64, organization String, team String, credits_micro Int64') FORMAT JSONEachRow",
      [body],
    )

    const driver = new TopologyTestDriver(burnTopology(SCHEMA_IDS))
    driver.pipe([
      policy(1, { reporting_time_zone: timeZone, allocations: [] }),
      ...ordered.map(({ atMs, credits }) => delta(scope, atMs, credits)),
      delta(scope, AS_OF_MS, 0),
    ])
    const [state] = statesIn(driver.read('spend.state'))
    const [sql] = await clickhouse.rows<{
      credits_today: number
      mean: number
      stddev: number
      samples: number
      z: number | null
      state: string
    }>(dailyZSql({ scope, asOfMs: AS_OF_MS, timeZone }))

    expect(sql?.credits_today).toBe(state?.day_credits_micro)
    expect(sql?.state).toBe(state?.z_daily_state)
    expect(relativeError(state?.z_daily ?? null, sql?.z ?? null)).toBeLessThan(1e-9)
    for (const { baseline, period } of alertsIn(driver.read('spend.alert'))) {
      expect(period <= '2026-10-29').toBe(true)
      expect(baseline?.samples).toBeGreaterThanOrEqual(7)
    }
  },
)

function relativeError(ours: number | null, theirs: number | null): number {
  if (ours === null || theirs === null) return ours === theirs ? 0 : Infinity
  return Math.abs(ours - theirs) / Math.max(1e-300, Math.abs(theirs))
}
