import { oneOf } from './fault.ts'
import type { Fault } from './fault.ts'

/** Below `min.insync.replicas`: nothing can be acknowledged, so nothing may be, until one is back. */
export const killTwoBrokers: Fault = {
  name: 'kill-two-brokers',
  what: '`kill -9` of two brokers of three at once',
  recoversWithinMs: 120_000,
  isQuick: false,
  isBeyondPromise: true,
  async strike({ world, next }) {
    const spared = oneOf(world.cluster.nodes, next)
    const victims = world.cluster.nodes.filter((node) => node !== spared)
    await Promise.all(victims.map((node) => node.killHard()))
    return { kind: 'struck', note: victims.map(({ name }) => name).join(' and ') }
  },
}
