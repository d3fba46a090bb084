import { describe, expect, test } from 'vitest'
import { z } from 'zod'

import { kafkaEnvironment, logEnvironment, port } from './environment.ts'
import { ConfigurationError, parseConfig } from './read-config.ts'

const schema = z.object({ ...kafkaEnvironment, ...logEnvironment, GATEWAY_PORT: port(4100) })

function problemsOf(env: NodeJS.ProcessEnv): readonly string[] {
  try {
    parseConfig(schema, env)
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems
    throw error
  }
  return []
}

describe('readConfig', () => {
  test('gives defaults and parsed values', () => {
    const config = parseConfig(schema, { KAFKA_BROKERS: 'a:1, b:2', GATEWAY_PORT: '4200', LOG_LEVEL: '' })
    expect(config).toMatchObject({ KAFKA_BROKERS: ['a:1', 'b:2'], GATEWAY_PORT: 4200, LOG_LEVEL: 'info' })
    expect(config.KAFKA_TLS).toBe(false)
  })

  test('names every problem at once', () => {
    expect(problemsOf({ GATEWAY_PORT: '99999', KAFKA_TLS: 'perhaps', METERLINE_COLOUR: 'red' })).toEqual([
      'KAFKA_BROKERS is not set: give a comma-separated list of host:port',
      'KAFKA_TLS is wrong: say true or false',
      'GATEWAY_PORT is wrong: a port is between 0 and 65535',
      'METERLINE_COLOUR is not known: remove it or correct its name',
    ])
  })

  test('recognises a misspelt name, and leaves other programs’ names alone', () => {
    const env = {
      KAFKA_BROKERS: 'a:1',
      GATEWAY_PROT: '1',
      KAFKA_HEAP_OPTS: '-Xmx1g',
      GATEWAY_SERVICE_HOST: 'x',
    }
    expect(problemsOf(env)).toEqual(['GATEWAY_PROT is not known: did you mean GATEWAY_PORT?'])
  })

  test('accepts what other services of ours read', () => {
    expect(problemsOf({ KAFKA_BROKERS: 'a:1', METERLINE_STATE_DIR: 'x', METERLINE_SUPERVISED: '1' })).toEqual(
      [],
    )
  })
})
