import { followKinds, type OrganizationLog, unreadableRows, unreadableText } from '@meterline/control-log'
import { SPEND_KINDS, type SpendKind } from '@meterline/domain'
import type { KafkaClient } from '@meterline/kafka'
import { addRowsGauge, probe, type Probe, type Registry, withCaveat } from '@meterline/runtime'

import { type ProcessorEvents, UNREADABLE_CONTROL_RECORDS } from './events.ts'

/** Follows control.log, and resolves when all of it is folded: before the organization is known every key would be unknown. */
export async function knowOrganization(
  kafka: KafkaClient,
  of: {
    readonly events: ProcessorEvents
    readonly metrics: Registry
    readonly fail: (error: unknown) => void
  },
): Promise<{ readonly organization: OrganizationLog<SpendKind>; readonly probe: Probe }> {
  const { events, metrics, fail } = of
  const organization = followKinds(SPEND_KINDS, kafka, (err) => events.kafkaTrouble({ err }), {
    onUnreadable: events.controlRecordUnreadable,
  })
  const { view, follower, unreadable } = organization
  addRowsGauge(metrics, UNREADABLE_CONTROL_RECORDS, () => unreadableRows(unreadable))
  follower.done.catch(fail)
  await follower.caughtUp
  const folded = probe('organization', () => ({ ok: true, detail: `control.log offset ${view.offset}` }))
  return { organization, probe: withCaveat(folded, () => unreadableText(unreadable)) }
}
