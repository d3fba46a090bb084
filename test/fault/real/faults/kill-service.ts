import type { ServiceKind } from '../world/service-process.ts'
import type { Fault } from './fault.ts'
import { oneOf } from './fault.ts'

/** `kill -9`; a supervisor starts the next one. */
export function killService(kind: ServiceKind): Fault {
  return {
    name: `kill-${kind}`,
    what: `\`kill -9\` of a ${kind}`,
    recoversWithinMs: 60_000,
    isQuick: true,
    async strike({ world, next }) {
      const victim = oneOf(world.ofKind(kind), next)
      await victim.kill()
      return { kind: 'struck', note: victim.name }
    },
  }
}
