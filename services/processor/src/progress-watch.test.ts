import type { PartitionProgress } from '@meterline/kafka'
import { expect, test } from 'vitest'

import { createProgressWatch } from './progress-watch.ts'

test('a partition that cannot be opened is red, although nobody has seen its lag', () => {
  const progress = new Map<number, PartitionProgress>()
  const stand = (state: PartitionProgress['state'], sinceMs: number): void =>
    void progress.set(3, {
      state,
      lastAdvanceMs: Date.now() - sinceMs,
      position: undefined,
      highWatermark: undefined,
      lagRecords: 0,
    })
  const watch = createProgressWatch({
    name: 'meter',
    topic: 'usage.events',
    fail: () => undefined,
    boundMs: 1_000,
  })
  const probes = watch.begin({ progress: () => progress })
  const red = () => probes.map((each) => each.check()).filter(({ ok }) => !ok)
  for (const state of ['opening', 'waiting'] as const) {
    stand(state, 500)
    expect(red()).toEqual([])
    stand(state, 1_500)
    expect(red()).toEqual([{ ok: false, detail: 'partitions 3 could not be opened for 1 s: see the log' }])
  }
  stand('running', 1_500)
  expect(red()).toEqual([])
  watch.stop()
})
