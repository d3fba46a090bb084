import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { parse } from 'yaml'
import { composeEnvironment } from './compose.ts'
import { clusterSettings } from './kafka/settings.ts'
import { securedSettings } from './kafka/secured-settings.ts'
import { defaultStackPorts } from './stack.ts'

interface ComposeFile {
  readonly services: Readonly<
    Record<
      'kafka' | 'clickhouse',
      {
        readonly image: string
        readonly ports: readonly string[]
        readonly environment: Readonly<Record<string, string>>
        readonly volumes: readonly string[]
        readonly healthcheck: object
      }
    >
  >
  readonly volumes: Readonly<Record<string, unknown>>
}

const text = readFileSync(new URL('../../../docker-compose.yml', import.meta.url), 'utf8')
const compose = parse(text) as ComposeFile
const services = Object.values(compose.services)

it('pins its images: Kafka at the version of the pom, ClickHouse at the version of the engine', () => {
  const pom = readFileSync(new URL('../kafka/pom.xml', import.meta.url), 'utf8')
  const kafkaVersion = /<kafka.version>(.+)<\/kafka.version>/.exec(pom)?.[1]
  expect(compose.services.kafka.image).toBe(`apache/kafka:${kafkaVersion}`)
  const lockfile = readFileSync(new URL('../../../pnpm-lock.yaml', import.meta.url), 'utf8')
  const engineVersion = /@chdb\/lib-linux-x64-gnu@(\d+\.\d+)/.exec(lockfile)?.[1]
  expect(compose.services.clickhouse.image).toBe(`clickhouse/clickhouse-server:${engineVersion}`)
})

it('is reachable from this machine only', () => {
  const ports = services.flatMap((service) => service.ports)
  expect(ports).toHaveLength(3)
  for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/)
})

it('has a health check and a named volume for each server', () => {
  for (const service of services) {
    expect(service.healthcheck).toHaveProperty('test')
    expect(
      service.volumes.some((volume) => Object.keys(compose.volumes).includes(volume.split(':')[0] ?? '')),
    ).toBe(true)
  }
})

it('gives the broker the settings of the embedded one', () => {
  const { environment } = compose.services.kafka
  // Its listeners are its own: a container has one more.
  const { 'listener.security.protocol.map': _, ...settings } = clusterSettings(1)
  for (const [name, value] of Object.entries(settings)) {
    expect(environment).toHaveProperty(`KAFKA_${name.replaceAll('.', '_').toUpperCase()}`, value)
  }
})

it('gives ClickHouse the configuration of the embedded one', () => {
  const { volumes } = compose.services.clickhouse
  expect(volumes).toContain(
    './infra/clickhouse-server/server.xml:/etc/clickhouse-server/config.d/meterline.xml:ro',
  )
  expect(volumes).toContain(
    './infra/clickhouse-server/users.xml:/etc/clickhouse-server/users.d/meterline.xml:ro',
  )
})

it('uses no variable that nobody sets', () => {
  const used = new Set([...text.matchAll(/(?<!\$)\$\{(\w+)/g)].map((match) => match[1]))
  const credentials = { password: 'a', sinkPassword: 'c', readerPassword: 'b' }
  const set = composeEnvironment({ services: ['kafka'], ports: defaultStackPorts, credentials })
  expect(used).toEqual(new Set(Object.keys(set)))
})

it('has a secured form with the settings that are tried in test/e2e/least-rights.test.ts', () => {
  const secured = readFileSync(new URL('../../../docker-compose.secured.yml', import.meta.url), 'utf8')
  const { environment } = (parse(secured) as ComposeFile).services.kafka
  for (const [name, value] of Object.entries(securedSettings())) {
    // The image turns _ into a dot, and ___ into a dash.
    const variable = `KAFKA_${name.replaceAll('-', '___').replaceAll('.', '_').toUpperCase()}`
    expect(environment).toHaveProperty(variable, value)
  }
})
