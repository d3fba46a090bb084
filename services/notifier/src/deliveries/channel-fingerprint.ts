import type { Channel } from '@meterline/domain'
import { createHash } from 'node:crypto'

/** The same for the same type and settings, whatever order they stand in. */
export function channelFingerprint(channel: Channel | undefined): string {
  const settings = Object.entries(channel?.settings ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))
  return createHash('sha256')
    .update(JSON.stringify([channel?.type ?? '', settings]))
    .digest('base64url')
}
