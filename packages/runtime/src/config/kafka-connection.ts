import type { z } from 'zod'

import type { kafkaEnvironment } from './environment.ts'
import { ConfigurationError } from './read-config.ts'

type KafkaEnvironment = z.output<z.ZodObject<typeof kafkaEnvironment>>

interface Credentials<M> {
  readonly mechanism: M
  readonly username: string
  readonly password: string
}

/** What a Kafka client needs of the environment. */
export interface KafkaConnection {
  readonly brokers: readonly string[]
  readonly ssl?: true
  readonly sasl?: Credentials<'plain'> | Credentials<'scram-sha-256'> | Credentials<'scram-sha-512'>
}

export function kafkaConnection(config: KafkaEnvironment): KafkaConnection {
  const { KAFKA_SASL_MECHANISM: mechanism, KAFKA_SASL_USERNAME: username } = config
  const { KAFKA_SASL_PASSWORD: password } = config
  const ssl = config.KAFKA_TLS ? ({ ssl: true } as const) : {}
  if (mechanism === undefined) return { brokers: config.KAFKA_BROKERS, ...ssl }
  if (username === undefined || password === undefined) {
    throw new ConfigurationError([
      'KAFKA_SASL_MECHANISM is set: KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD have to be set, too',
    ])
  }
  return { brokers: config.KAFKA_BROKERS, ...ssl, sasl: { mechanism, username, password } }
}
