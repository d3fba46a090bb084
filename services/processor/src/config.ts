import { kafkaEnvironment, logEnvironment, port, readConfig, registryEnvironment } from '@meterline/runtime'
import { z } from 'zod'

const MAX_DEDUP_HOURS = 7 * 24

const TOPOLOGIES = ['meter', 'burn'] as const

const schema = z.object({
  ...kafkaEnvironment,
  ...logEnvironment,
  ...registryEnvironment,
  PROCESSOR_PORT: port(4110),
  METERLINE_STATE_DIR: z.string().optional(),
  /** Which topologies this process runs. */
  PROCESSOR_TOPOLOGIES: z
    .string()
    .default(TOPOLOGIES.join(','))
    .transform((list) => list.split(',').map((name) => name.trim()))
    .pipe(z.array(z.enum(TOPOLOGIES, { error: 'name meter, burn, or both with a comma' })).min(1)),
  /** A partition commits at most this often. A lone event is not delayed by it; more makes traffic cheaper and alerts later. */
  PROCESSOR_COMMIT_MS: z.coerce
    .number({ error: 'give a number of milliseconds' })
    .int('give whole milliseconds')
    .min(5, 'give 5 ms or more')
    .max(1_000, 'give at most 1000 ms: alerts are to come within a second')
    .default(100),
  /** How long the same request counts once. More takes more memory: 30 to 60 bytes a request. */
  PROCESSOR_DEDUP_HOURS: z.coerce
    .number({ error: 'give a number of hours' })
    .int('give whole hours')
    .min(1, 'give 1 hour or more')
    .max(MAX_DEDUP_HOURS, `give at most ${MAX_DEDUP_HOURS} hours, which is how long usage.events are kept`)
    .default(24),
})

export type ProcessorConfig = z.output<typeof schema>

export function readProcessorConfig(env?: NodeJS.ProcessEnv): ProcessorConfig {
  return readConfig(schema, env)
}
