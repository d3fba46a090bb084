import { unreadableText } from '@meterline/control-log'
import type { OrganizationLog } from '@meterline/control-log'
import { probe, progressProbe, withCaveat } from '@meterline/runtime'
import type { Probe } from '@meterline/runtime'

/**
 * Red when control.log has records that the view does not take in: keys that were disabled would still be let in. With a caveat when
 * it goes without one that cannot be read.
 */
export function organizationProbe({
  follower,
  unreadable,
}: Pick<OrganizationLog, 'follower' | 'unreadable'>): Probe {
  const progress = progressProbe({ name: 'organization' })
  const followed = probe('organization', () => {
    progress.observe({ position: follower.position(), lag: follower.lagRecords() })
    return progress.check()
  })
  return withCaveat(followed, () => unreadableText(unreadable))
}
