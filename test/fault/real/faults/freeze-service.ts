import { setTimeout as sleep } from 'node:timers/promises'

import { progressAgain } from '../progress.ts'
import type { ServiceKind } from '../world/service-process.ts'
import type { Fault } from './fault.ts'
import { oneOf } from './fault.ts'

const TAKE_OVER_WITHIN_MS = 60_000

/** SIGSTOP for longer than the session timeout: the other one takes over. Then SIGCONT: a zombie, which must do no harm. */
export function freezeService(kind: ServiceKind): Fault {
  return {
    name: `freeze-${kind}`,
    what: `SIGSTOP of a ${kind} past its session, then SIGCONT`,
    recoversWithinMs: 60_000,
    isQuick: false,
    async strike({ world, form, next }) {
      const victim = oneOf(world.ofKind(kind), next)
      const goOn = victim.freeze()
      try {
        const since = performance.now()
        const alone = world.ofKind(kind).length === 1
        const tookOverMs = alone ? undefined : await progressAgain(world, TAKE_OVER_WITHIN_MS)
        await sleep(Math.max(0, form.freezeMs - (performance.now() - since)))
        const seconds = ((performance.now() - since) / 1_000).toFixed(0)
        const takenOver =
          tookOverMs === undefined ? '' : `; the other took over after ${(tookOverMs / 1_000).toFixed(1)} s`
        return { kind: 'struck', note: `${victim.name}, ${seconds} s${takenOver}` }
      } finally {
        goOn()
      }
    },
  }
}
