import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { createTraffic } from './live-traffic.ts'
import type { Workload } from './workload.ts'

const WORKLOAD: Workload = {
  keyId: 'key_1',
  endpoint: 'chat',
  operation: 'completion',
  models: [[{ provider: 'openai', name: 'gpt-5-mini', msPerToken: 4 }, 1]],
  promptVersions: [
    ['v1', 3],
    ['v2', 1],
  ],
  inputTokens: 1_500,
  outputTokens: 300,
  sigma: 0.7,
  cachedShare: 0.5,
  users: 20,
  customers: ['c1', 'c2'],
  product: 'api',
  callsPerSecond: 4,
  historyWeight: 1,
}
const workloads = [WORKLOAD, { ...WORKLOAD, keyId: 'key_2', endpoint: 'search' }]
const START_MS = Date.UTC(2026, 10, 18, 10)

test('any way of cutting the time gives the same events', () => {
  const whole = createTraffic({ seed: 's', workloads }).between(START_MS, START_MS + 20_000)
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20_000 }), { maxLength: 6 }), (cuts) => {
      const traffic = createTraffic({ seed: 's', workloads })
      const edges = [0, ...cuts.toSorted((a, b) => a - b), 20_000]
      const parts = edges
        .slice(1)
        .flatMap((to, i) => traffic.between(START_MS + (edges[i] ?? 0), START_MS + to))
      expect(parts).toEqual(whole)
    }),
    { numRuns: 30 },
  )
  expect(whole.length).toBeGreaterThan(50)
})

test('another seed gives other events; no two events share a request id', () => {
  const one = createTraffic({ seed: 'a', workloads }).between(START_MS, START_MS + 60_000)
  const other = createTraffic({ seed: 'b', workloads }).between(START_MS, START_MS + 60_000)
  expect(new Set([...one, ...other].map((event) => event.request_id)).size).toBe(one.length + other.length)
})

test('events are valid: whole non-negative units, the cached part within the input, times within the span', () => {
  for (const event of createTraffic({ seed: 'c', workloads }).between(START_MS, START_MS + 60_000)) {
    const { tokens_input = 0, tokens_input_cached = 0, tokens_output = 0 } = event.units
    expect(
      [tokens_input, tokens_input_cached, tokens_output].every((n) => Number.isInteger(n) && n >= 0),
    ).toBe(true)
    expect(tokens_input_cached).toBeLessThanOrEqual(tokens_input)
    expect(event.timestamp).toBeGreaterThanOrEqual(START_MS)
    expect(event.timestamp).toBeLessThan(START_MS + 60_000)
  }
})
