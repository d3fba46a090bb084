import { KAFKA_ACCESS, TOPICS } from '@meterline/contract'
import type { KafkaAccess, NamePattern } from '@meterline/contract'
import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, it, test } from 'vitest'
import { parse, parseAllDocuments, stringify } from 'yaml'

const ROOT = join(import.meta.dirname, '../..')
const DIR = join(ROOT, 'infra/kubernetes')

interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string }
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly securityContext: object
        readonly containers: readonly {
          readonly name: string
          readonly args?: readonly string[]
          readonly env?: readonly { readonly name: string; readonly value: string }[]
          readonly ports: readonly { readonly name: string; readonly containerPort: number }[]
          readonly securityContext: object
        }[]
      }
    }
  }
  readonly data?: Readonly<Record<string, string>>
  readonly stringData?: Readonly<Record<string, string>>
}

const files = globSync('*.yaml', { cwd: DIR }).toSorted()
const manifests: Manifest[] = files
  .filter((file) => file !== 'kustomization.yaml')
  .flatMap((file) =>
    parseAllDocuments(readFileSync(join(DIR, file), 'utf8')).map((document) => {
      const [error] = document.errors
      if (error !== undefined) throw new Error(`${file} is no YAML`, { cause: error })
      return document.toJS() as Manifest
    }),
  )
const deployments = manifests.filter(({ kind }) => kind === 'Deployment')
const named = (kind: string, name: string): Manifest | undefined =>
  manifests.find((manifest) => manifest.kind === kind && manifest.metadata.name === name)

// Each service with its main.ts; the manifests must name them all, and none that is not there.
const services = globSync('services/*/src/main.ts', { cwd: ROOT }).map((path) => path.split('/')[1] ?? '')

it('is put together from every file but the example of secrets', () => {
  const { resources } = parse(readFileSync(join(DIR, 'kustomization.yaml'), 'utf8')) as {
    readonly resources: readonly string[]
  }
  const wanted = files.filter((file) => !['kustomization.yaml', 'secrets.example.yaml'].includes(file))
  expect(resources.toSorted()).toEqual(wanted)
})

it('runs every service', () => {
  expect(deployments.map(({ metadata }) => metadata.name)).toEqual(expect.arrayContaining(services))
})

describe.each(services)('%s', (name) => {
  const container = named('Deployment', name)?.spec.template.spec.containers[0]

  it('listens where its own configuration would', () => {
    expect(container?.args).toEqual([`services/${name}/src/main.ts`])
    const config = readFileSync(join(ROOT, 'services', name, 'src/config.ts'), 'utf8')
    const [, variable = '', port = ''] = /(\w+_PORT): port\((\d+)\)/.exec(config) ?? []
    expect(container?.ports[0]?.containerPort).toBe(Number(port))
    expect(container?.env).toContainEqual({ name: variable, value: port })
  })

  it('has no more rights on its node than it needs', () => {
    expect(container?.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    })
    expect(named('Deployment', name)?.spec.template.spec.securityContext).toMatchObject({
      runAsNonRoot: true,
    })
  })

  it('has an account of its own in Kafka, whose rights are known', () => {
    expect(named('Secret', name)?.stringData).toMatchObject({ KAFKA_SASL_USERNAME: name })
    expect(KAFKA_ACCESS.map(({ user }) => user)).toContain(name)
  })
})

test('sink and control reach ClickHouse by accounts that change no table', () => {
  expect(named('Secret', 'sink')?.stringData).toMatchObject({ CLICKHOUSE_USER: 'meterline_sink' })
  expect(named('Secret', 'control')?.stringData).toMatchObject({ CLICKHOUSE_USER: 'meterline_reader' })
})

// Both are made from what they must be equal to: `vitest -u` writes them.
test('kafka-users.yaml gives the rights of KAFKA_ACCESS', async () => {
  const text = KAFKA_ACCESS.map((access) => stringify(strimziUser(access), { lineWidth: 110 })).join('---\n')
  const head = '# Users of Kafka for the Strimzi operator, made from KAFKA_ACCESS in packages/contract.\n'
  await expect(head + text).toMatchFileSnapshot(join(DIR, 'kafka-users.yaml'))
})

test('clickhouse-config.yaml holds the files of infra/clickhouse-server', async () => {
  const paths = globSync('infra/clickhouse-server/*.xml', { cwd: ROOT }).toSorted()
  const data = Object.fromEntries(
    paths.map((path) => [basename(path), readFileSync(join(ROOT, path), 'utf8')]),
  )
  const text = stringify(
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'clickhouse' }, data },
    { blockQuote: 'literal', lineWidth: 0 },
  )
  const head = '# Made from infra/clickhouse-server.\n'
  await expect(head + text).toMatchFileSnapshot(join(DIR, 'clickhouse-config.yaml'))
})

test('nobody may read or write a topic that is not there', () => {
  const known = Object.values(TOPICS).map(({ name }): string => name)
  for (const { reads, writes } of KAFKA_ACCESS)
    expect(known).toEqual(expect.arrayContaining([...reads, ...writes]))
})

function strimziUser({
  user,
  reads,
  writes,
  describes,
  groups,
  describesGroups,
  transactionalIds,
}: KafkaAccess): object {
  const rule = (type: string, { name, prefixed }: NamePattern, operation: string): object => ({
    resource: { type, name, patternType: prefixed ? 'prefix' : 'literal' },
    operations: [operation],
  })
  const topic = (name: string): NamePattern => ({ name, prefixed: false })
  return {
    apiVersion: 'kafka.strimzi.io/v1beta2',
    kind: 'KafkaUser',
    metadata: { name: user, labels: { 'strimzi.io/cluster': 'meterline' } },
    spec: {
      authentication: {
        type: 'scram-sha-512',
        password: { valueFrom: { secretKeyRef: { name: user, key: 'KAFKA_SASL_PASSWORD' } } },
      },
      authorization: {
        type: 'simple',
        acls: [
          ...reads.map((name) => rule('topic', topic(name), 'Read')),
          ...writes.map((name) => rule('topic', topic(name), 'Write')),
          ...describes.map((name) => rule('topic', topic(name), 'Describe')),
          ...groups.map((group) => rule('group', group, 'Read')),
          ...describesGroups.map((group) => rule('group', group, 'Describe')),
          ...transactionalIds.map((id) => rule('transactionalId', id, 'Write')),
        ],
      },
    },
  }
}
