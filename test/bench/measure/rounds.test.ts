import { expect, test } from 'vitest'

import type { Throughput } from './drain.ts'
import { comparePeers } from './rounds.ts'

const throughput = (perSecond: number): Throughput => ({
  perSecond,
  records: perSecond,
  seconds: 1,
  cpuMicros: { peer: 1e6 / perSecond },
})

test('a peer is compared round by round, so a machine that slows down between rounds changes no ratio', () => {
  const rounds = [100, 50, 10].map((speed) => ({
    ours: throughput(2 * speed),
    limits: {},
    peers: { peer: throughput(speed) },
  }))
  const [comparison] = comparePeers(rounds, { peer: 1.5 })
  expect(comparison?.ratios).toEqual([2, 2, 2])
  expect(comparison?.perSecond).toBe(50)
  expect(comparison?.cpuMicros).toEqual({ peer: 20_000 })
  expect(comparison?.aimRatio).toBe(1.5)
})
