import type { Fault } from './fault.ts'
import { oneOf } from './fault.ts'

/** One broker of three is killed, and comes back. */
export const killBroker: Fault = {
  name: 'kill-broker',
  what: '`kill -9` of one broker of three',
  recoversWithinMs: 90_000,
  isQuick: true,
  async strike({ world, next }) {
    const victim = oneOf(world.cluster.nodes, next)
    await victim.killHard()
    return { kind: 'struck', note: victim.name }
  },
}
