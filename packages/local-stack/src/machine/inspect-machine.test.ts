import { expect, it } from 'vitest'
import { inspectMachine, parseJavaVersion } from './inspect-machine.ts'

it.each([
  ['openjdk version "17.0.15" 2025-04-15', 17],
  ['openjdk version "21" 2023-09-19', 21],
  ['java version "1.8.0_402"', 8],
  ['The operation could not be completed. Unable to locate a Java Runtime.', undefined],
])('reads %s as %s', (output, version) => {
  expect(parseJavaVersion(output)).toBe(version)
})

it('looks at no program when the environment gives both servers', async () => {
  const env = { KAFKA_BROKERS: ' a:1, b:2 ,', CLICKHOUSE_URL: 'http://c:8123' }
  const facts = await inspectMachine(env, '/nonexistent')
  expect(facts).toMatchObject({
    kafkaBrokers: ['a:1', 'b:2'],
    clickhouseUrl: 'http://c:8123',
    javaVersion: undefined,
  })
})
