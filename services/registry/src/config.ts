import { kafkaEnvironment, logEnvironment, port, readConfig } from '@meterline/runtime'
import { z } from 'zod'

const schema = z.object({ ...kafkaEnvironment, ...logEnvironment, REGISTRY_PORT: port(8081) })

export type RegistryConfig = z.output<typeof schema>

export function readRegistryConfig(env?: NodeJS.ProcessEnv): RegistryConfig {
  return readConfig(schema, env)
}
