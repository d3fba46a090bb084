import { expect, test } from 'vitest'

import { printReport } from './print.ts'

test('the report says the machine, the load, and each figure with its aim and its ratio', () => {
  const text = printReport({
    machine: {
      date: '2026-01-01 00:00',
      processor: 'a processor',
      cores: 2,
      memoryGib: 8,
      system: 'linux',
      node: '24',
      kafka: '4',
      clickhouse: '26',
      loadBefore: [0.1, 0.2, 0.3],
    },
    figures: [
      {
        kind: 'rate',
        name: 'meter',
        unit: 'events/s',
        ours: 120_000,
        rounds: [110_000, 120_000, 130_000],
        limits: [{ what: 'consume', perSecond: 480_000 }],
        peers: [
          {
            what: 'a peer',
            perSecond: 100_000,
            rounds: [100_000],
            ratios: [1.2],
            aimRatio: 1,
            cpuMicros: { peer: 9 },
          },
        ],
        aim: 100_000,
        cpuMicros: { meter: 8.5 },
        notes: [],
      },
      {
        kind: 'timing',
        name: 'a question',
        count: 20,
        p50Ms: 30,
        p95Ms: 60,
        maxMs: 70,
        aimP95Ms: 50,
        notes: [],
      },
      {
        kind: 'table',
        name: 'a table',
        columns: ['what', 'rows'],
        rows: [['usage', '5']],
        notes: [],
      },
      { kind: 'load', name: 'meter', before: [1, 2, 3], after: [4, 5, 6] },
      { kind: 'failed', name: 'sink', reason: 'it ended' },
    ],
    seconds: 60,
  })
  expect(text).toContain('load average before: 0.1, 0.2, 0.3')
  expect(text).toContain('meter: 120,000 events/s, aim 100,000  (rounds: 110,000, 120,000, 130,000)')
  expect(text).toContain('ours is 1.20 times that, aim 1.0')
  expect(text).toContain('raw limit, consume: 480,000/s; ratio 0.25')
  expect(text).toContain('a question: p50 30, p95 60 (aim 50, missed), max 70 ms of 20')
  expect(text).toContain('  usage     5')
  expect(text).toContain('Load average before meter: 1, 2, 3; after it: 4, 5, 6')
  expect(text).toContain('sink: not measured: it ended')
})
