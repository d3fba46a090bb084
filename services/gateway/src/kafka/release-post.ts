import { encodeReservationRelease, TOPICS } from '@meterline/contract'
import type { LogWriter } from '@meterline/kafka'

import { AUTHORIZE } from '../authorize/bounds.ts'
import { gatewayOf } from '../authorize/reservation-id.ts'
import type { ReleasePost } from '../authorize/release-post.ts'

/** Tells all gateways; the one that holds the reservation acts on it. */
export function releasePost(writer: LogWriter): ReleasePost {
  return {
    async send(release) {
      const key = gatewayOf(release.reservation)
      const messages = [{ key, value: encodeReservationRelease(release) }]
      await writer.send([{ topic: TOPICS.spendRelease.name, partition: 0, messages }], {
        timeoutMs: AUTHORIZE.sendTimeoutMs,
      })
    },
  }
}
