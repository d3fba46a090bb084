import {
  clickhouseEnvironment,
  kafkaEnvironment,
  logEnvironment,
  port,
  readConfig,
  registryEnvironment,
} from '@meterline/runtime'
import { z } from 'zod'

const bounded = (byDefault: number, min: number, max: number) =>
  z.coerce.number({ error: 'give a whole number' }).int().min(min).max(max).default(byDefault)

const schema = z.object({
  ...kafkaEnvironment,
  ...clickhouseEnvironment,
  ...registryEnvironment,
  ...logEnvironment,
  SINK_PORT: port(4111),
  METERLINE_STATE_DIR: z.string().optional(),
  /** Rows become visible at this age, at up to three times of it where small inserts take long; more often means more and smaller parts. */
  METERLINE_SINK_FLUSH_MS: bounded(1_000, 50, 60_000),
  METERLINE_SINK_FLUSH_ROWS: bounded(65_536, 1, 500_000),
  /** Read ahead, gathered or being stored, all partitions together, as it stands in memory. What waits longer waits in Kafka. */
  METERLINE_SINK_BUFFER_MB: bounded(144, 16, 8_192),
  /** How long an insert may take, unless ClickHouse turns out to need longer (then up to 12 s); a take-over after a crash waits as long. */
  METERLINE_SINK_LEASE_MS: bounded(5_000, 1_000, 60_000),
})

export type SinkConfig = z.output<typeof schema>

export function readSinkConfig(env?: NodeJS.ProcessEnv): SinkConfig {
  return readConfig(schema, env)
}
