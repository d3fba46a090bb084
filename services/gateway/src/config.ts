import { kafkaEnvironment, logEnvironment, port, readConfig, registryEnvironment } from '@meterline/runtime'
import { z } from 'zod'

const MIN_TOKEN_CHARACTERS = 16
const MIN_IN_FLIGHT_MB = 8

const schema = z.object({
  ...kafkaEnvironment,
  ...logEnvironment,
  ...registryEnvironment,
  GATEWAY_PORT: port(4100),
  METERLINE_ADMIN_TOKEN: z
    .string()
    .min(MIN_TOKEN_CHARACTERS, `an admin token has at least ${MIN_TOKEN_CHARACTERS} characters`)
    .optional(),
  /** Events per second and key; 0 is no limit. */
  GATEWAY_KEY_EVENTS_PER_SECOND: z.coerce
    .number({ error: 'give a number of events' })
    .min(0, 'give 0 (no limit) or more')
    .default(0),
  /** Bodies being read, and records waiting for Kafka, each in MiB; beyond, requests are refused with 429. */
  GATEWAY_IN_FLIGHT_MB: z.coerce
    .number({ error: 'give a number of megabytes' })
    .min(MIN_IN_FLIGHT_MB, `give ${MIN_IN_FLIGHT_MB} or more: a body may be 5`)
    .default(64),
  /** The longest that a reservation may last. So long, and some seconds, the credits of a gateway that died stay counted. */
  GATEWAY_MAX_RESERVATION_SECONDS: z.coerce
    .number({ error: 'give a number of seconds' })
    .min(1, 'give 1 second or more')
    .max(3_600, 'give an hour at most')
    .default(300)
    .transform((seconds) => Math.round(seconds * 1_000)),
  /** How many gateways there are: each holds its share of a rate rule. */
  GATEWAY_PROCESSES: z.coerce
    .number({ error: 'give a number of processes' })
    .int('give a whole number')
    .min(1, 'give 1 or more')
    .default(1),
})

export type GatewayConfig = z.output<typeof schema>

export function readGatewayConfig(env?: NodeJS.ProcessEnv): GatewayConfig {
  return readConfig(schema, env)
}
