import { expect, test } from 'vitest'

import { eventPartitions } from './event-partitions.ts'

test('partitions that were added to usage.events alone are not written to', async () => {
  const partitions = new Map([
    ['usage.events', [0, 1, 2, 3, 4, 5]],
    ['usage.metered', [0, 1, 2, 3]],
  ])
  const reads = { partitionsOf: (topic: string) => Promise.resolve(partitions.get(topic) ?? []) }
  expect(await eventPartitions(reads)).toBe(4)
})
