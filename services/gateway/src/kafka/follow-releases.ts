import { decodeReservationRelease, TOPICS } from '@meterline/contract'
import type { ReservationRelease } from '@meterline/contract'
import { followLog, readLogBounds } from '@meterline/kafka'
import type { KafkaClient, LogFollower } from '@meterline/kafka'

/** Hears what other gateways were told to release, from now on: what is older speaks of reservations that this process never made. */
export async function followReleases(
  client: KafkaClient,
  options: {
    readonly onRelease: (release: ReservationRelease) => void
    readonly onTrouble: (error: unknown) => void
  },
): Promise<LogFollower> {
  const log = { topic: TOPICS.spendRelease.name, partition: 0 }
  const { stable } = await readLogBounds(client.reads, log)
  return followLog(client, {
    ...log,
    fromOffset: stable,
    onTrouble: options.onTrouble,
    onRecord: ({ value }) => {
      const release = value === null ? undefined : releaseIn(value, options.onTrouble)
      if (release !== undefined) options.onRelease(release)
    },
  })
}

/** What cannot be read frees nothing: its credits stay counted until the reservation expires. */
function releaseIn(value: Buffer, onTrouble: (error: unknown) => void): ReservationRelease | undefined {
  try {
    return decodeReservationRelease(value)
  } catch (error) {
    onTrouble(error)
    return undefined
  }
}
