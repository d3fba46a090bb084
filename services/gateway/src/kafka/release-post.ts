import { encodeGatewayLetter, TOPICS } from '@meterline/contract'
import type { GatewayLetter } from '@meterline/contract'
import type { LogWriter } from '@meterline/kafka'

import { AUTHORIZE } from '../authorize/bounds.ts'
import { gatewayOf } from '../authorize/reservation-id.ts'
import type { ReleasePost } from '../authorize/release-post.ts'
import type { NewsPost } from '../authorize/settled-news.ts'

/** Tells all gateways; of a release, the one that holds the reservation acts on it. */
export function releasePost(writer: LogWriter): ReleasePost & NewsPost {
  return {
    async send(letter: GatewayLetter) {
      const key = 'kind' in letter ? letter.gateway : gatewayOf(letter.reservation)
      const messages = [{ key, value: encodeGatewayLetter(letter) }]
      await writer.send([{ topic: TOPICS.spendRelease.name, partition: 0, messages }], {
        timeoutMs: AUTHORIZE.sendTimeoutMs,
      })
    },
  }
}
