import { decodeGatewayLetter, TOPICS } from '@meterline/contract'
import type { GatewayLetter } from '@meterline/contract'
import { followLog, readLogBounds } from '@meterline/kafka'
import type { KafkaClient, LogFollower } from '@meterline/kafka'

/** Hears what gateways tell one another, from now on: what is older speaks of reservations that this process never made. */
export async function followReleases(
  client: KafkaClient,
  options: {
    readonly onLetter: (letter: GatewayLetter) => void
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
      const letter = value === null ? undefined : letterIn(value, options.onTrouble)
      if (letter !== undefined) options.onLetter(letter)
    },
  })
}

/** What cannot be read frees nothing: its credits stay counted until the reservation expires. */
function letterIn(value: Buffer, onTrouble: (error: unknown) => void): GatewayLetter | undefined {
  try {
    return decodeGatewayLetter(value)
  } catch (error) {
    onTrouble(error)
    return undefined
  }
}
