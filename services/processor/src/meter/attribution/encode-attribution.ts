import { ATTRIBUTION_METHODS, type Attribution } from '@meterline/domain'

import { avroLong, avroString } from '../../wire/varint.ts'

/** The fields of the attribution as they stand one after another in a metered record. */
export function encodeAttribution(attribution: Attribution): Buffer {
  const { allocation_id } = attribution
  return Buffer.concat([
    avroLong(ATTRIBUTION_METHODS.indexOf(attribution.attribution)),
    avroString(attribution.organization),
    avroString(attribution.billing_group),
    avroString(attribution.department),
    avroString(attribution.team),
    avroString(attribution.project),
    avroString(attribution.environment),
    avroString(attribution.cost_center),
    ...(allocation_id === null ? [avroLong(0)] : [avroLong(1), avroString(allocation_id)]),
  ])
}
