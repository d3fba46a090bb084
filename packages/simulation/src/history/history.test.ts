import type { UsageEvent } from '@meterline/domain'
import { expect, test } from 'vitest'

import type { Workload } from '../traffic/workload.ts'
import { DAY_MS, dayStartMs, monthStartMs } from './calendar.ts'
import { historyEvents } from './history.ts'

const MICRO = 1_000_000
const creditsOf = ({ units }: UsageEvent): number =>
  Math.round((units['tokens_input'] ?? 0) * 300 + (units['tokens_output'] ?? 0) * 1_500)

const AGENT: Workload = {
  keyId: 'key_1',
  endpoint: 'agent',
  operation: 'completion',
  models: [[{ provider: 'anthropic', name: 'claude-sonnet-4-5', msPerToken: 9 }, 1]],
  promptVersions: [],
  inputTokens: 40_000,
  outputTokens: 4_000,
  sigma: 0.6,
  cachedShare: 0,
  users: 5,
  customers: [],
  product: 'api',
  callsPerSecond: 0.1,
  historyWeight: 1,
}
const groups = [{ workloads: [AGENT], previousMonthMicro: 40_000 * MICRO, monthToDateMicro: 30_000 * MICRO }]
const spentOf = (events: readonly UsageEvent[], from: number, to: number): number =>
  events.reduce((sum, e) => sum + (e.timestamp >= from && e.timestamp < to ? creditsOf(e) : 0), 0)

test.each([Date.UTC(2026, 10, 21, 14, 20), Date.UTC(2027, 2, 1, 0, 4), Date.UTC(2026, 11, 31, 23, 59)])(
  'months meet their plan, at %d',
  (untilMs) => {
    const events = historyEvents({ seed: 's', untilMs, groups, creditsOf })
    const monthMs = monthStartMs(untilMs)
    const gap = 30_000 * MICRO - spentOf(events, monthMs, untilMs)
    expect(gap).toBeGreaterThanOrEqual(-1)
    expect(gap).toBeLessThan(0.01 * MICRO)
    const previous = spentOf(events, monthStartMs(monthMs - 1), monthMs)
    expect(Math.abs(previous / (40_000 * MICRO) - 1)).toBeLessThan(0.01)
    expect(events.every((event, i) => i === 0 || event.timestamp >= (events[i - 1]?.timestamp ?? 0))).toBe(
      true,
    )
    expect(new Set(events.map((event) => event.request_id)).size).toBe(events.length)
  },
)

test('a runaway key stands just under three deviations of the thirty days before', () => {
  const untilMs = Date.UTC(2026, 10, 21, 14, 20)
  const gapMicro = 5 * MICRO
  const events = historyEvents({
    seed: 's',
    untilMs,
    groups,
    creditsOf,
    runaway: { workload: { ...AGENT, endpoint: 'loop' }, keyIds: ['key_1'], gapMicro },
  })
  const today = dayStartMs(untilMs)
  const days = Array.from({ length: 30 }, (_, i) =>
    spentOf(events, today - (i + 1) * DAY_MS, today - i * DAY_MS),
  )
  const mean = days.reduce((a, b) => a + b) / 30
  const stddev = Math.sqrt(days.reduce((sum, day) => sum + (day - mean) ** 2, 0) / 29)
  const missing = mean + 3 * stddev - spentOf(events, today, untilMs)
  expect(missing).toBeGreaterThanOrEqual(gapMicro)
  expect(missing).toBeLessThan(gapMicro + 0.01 * MICRO)
})
