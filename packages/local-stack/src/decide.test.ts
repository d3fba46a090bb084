import { describe, expect, it } from 'vitest'
import { decideStack } from './decide.ts'
import type { MachineFacts } from './decide.ts'
import { StackError } from './errors.ts'

const bareMachine: MachineFacts = {
  kafkaBrokers: [],
  clickhouseUrl: undefined,
  isDockerUsable: false,
  javaVersion: 17,
  hasMaven: true,
  hasKafkaJars: false,
}

function refusal(facts: Partial<MachineFacts>): unknown {
  try {
    decideStack({ ...bareMachine, ...facts })
  } catch (error) {
    return error instanceof StackError ? error.code : error
  }
  return 'none'
}

describe('decideStack', () => {
  it('takes what the environment gives, before Docker, without asking for Java', () => {
    const facts = {
      kafkaBrokers: ['a:1', 'b:2'],
      clickhouseUrl: 'http://u:secret@c:8123',
      isDockerUsable: true,
      javaVersion: undefined,
    }
    const decision = decideStack({ ...bareMachine, ...facts })
    expect(decision.kafka).toEqual({ kind: 'external', brokers: ['a:1', 'b:2'] })
    expect(decision.clickhouse).toEqual({ kind: 'external', url: 'http://u:secret@c:8123' })
    expect(decision.description).toBe(
      'Kafka at a:1, b:2 (KAFKA_BROKERS); ClickHouse at http://c:8123 (CLICKHOUSE_URL).',
    )
  })

  it('takes Docker where it works, without asking for Java', () => {
    const decision = decideStack({ ...bareMachine, isDockerUsable: true, javaVersion: undefined })
    expect([decision.kafka.kind, decision.clickhouse.kind]).toEqual(['compose', 'compose'])
  })

  it('embeds both where there is neither', () => {
    const decision = decideStack(bareMachine)
    expect([decision.kafka.kind, decision.clickhouse.kind]).toEqual(['embedded', 'embedded'])
    expect(decision.description).toMatch(
      /^Kafka as a process of this machine .*; ClickHouse as a process .*\.$/,
    )
  })

  it('decides for each server on its own', () => {
    const decision = decideStack({
      ...bareMachine,
      kafkaBrokers: ['a:1'],
      javaVersion: undefined,
      hasMaven: false,
    })
    expect([decision.kafka.kind, decision.clickhouse.kind]).toEqual(['external', 'embedded'])
  })

  it('names what is missing', () => {
    expect(refusal({ javaVersion: undefined })).toBe('JAVA_MISSING')
    expect(refusal({ javaVersion: 11 })).toBe('JAVA_TOO_OLD')
    expect(refusal({ hasMaven: false })).toBe('MAVEN_MISSING')
  })

  it('needs Maven for the download only', () => {
    expect(refusal({ hasMaven: false, hasKafkaJars: true })).toBe('none')
  })
})
