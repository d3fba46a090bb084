import type { LogFollower } from '@meterline/kafka'
import { progressProbe } from '@meterline/runtime'
import type { Probe } from '@meterline/runtime'

/** Red when control.log has records that the view does not take in: keys that were disabled would still be let in. */
export function organizationProbe(follower: LogFollower): Probe {
  const progress = progressProbe({ name: 'organization' })
  return {
    name: 'organization',
    check() {
      progress.observe({ position: follower.position(), lag: follower.lagRecords() })
      return progress.check()
    },
  }
}
