import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

import { circlesIn, circlesOf } from './circles.ts'
import { importsOf, isTest, ROOT, sourceFiles } from './imports.ts'

// Which of our packages each layer may import. Reviewed like code: an entry added here is a change of the architecture.
const ALLOWED: Record<string, readonly string[]> = {
  'packages/domain': [],
  'packages/topology': [],
  'packages/contract': ['domain', 'topology'],
  'packages/kafka': ['topology', 'contract'],
  'packages/clickhouse': ['contract'],
  'packages/control-log': ['domain', 'contract', 'kafka'],
  'packages/reconciliation': ['contract', 'kafka', 'clickhouse'],
  'packages/http': [],
  'packages/runtime': [],
  'packages/local-stack': [],
  'packages/simulation': ['domain'],
  'services/gateway': ['domain', 'contract', 'control-log', 'http', 'kafka', 'runtime', 'topology'],
  'services/control': [
    'domain',
    'contract',
    'control-log',
    'clickhouse',
    'http',
    'kafka',
    'runtime',
    'topology',
  ],
  'services/processor': ['domain', 'contract', 'control-log', 'topology', 'kafka', 'runtime'],
  'services/sink': ['domain', 'contract', 'topology', 'kafka', 'clickhouse', 'runtime', 'reconciliation'],
  'services/notifier': [
    'domain',
    'contract',
    'control-log',
    'topology',
    'kafka',
    'clickhouse',
    'http',
    'runtime',
  ],
  'services/registry': ['domain', 'contract', 'kafka', 'runtime', 'topology'],
}

// The pure core: a replay must give the same bytes, so nothing here may read a clock, draw lots, or reach outside.
const PURE = new Set(['packages/domain', 'packages/topology'])
const PURE_NODE_MODULES = new Set(['node:crypto', 'node:buffer', 'node:assert'])
const IMPURE = [
  /\bDate\.now\(/,
  /\bnew Date\(\)/,
  /\bMath\.random\(/,
  /\bprocess\./,
  /\bperformance\.now\(/,
  /\bset(Timeout|Interval)\(/,
]

const layerOf = (file: string): string => file.split('/').slice(0, 2).join('/')
const files = sourceFiles()
const production = files.filter((file) => !isTest(file))

describe('layers', () => {
  test('the source tree is found', () => {
    expect(production.length).toBeGreaterThan(50)
    expect([...new Set(production.map(layerOf))]).toEqual(expect.arrayContaining(Object.keys(ALLOWED)))
  })

  test('imports go one way', () => {
    const broken = production
      .flatMap(importsOf)
      .filter(({ specifier }) => specifier.startsWith('@meterline/'))
      .filter(({ file, specifier }) => {
        const allowed = ALLOWED[layerOf(file)]
        return allowed !== undefined && !allowed.includes(specifier.split('/')[1] ?? '')
      })
    expect(broken).toEqual([])
  })

  test('a package is entered by its door', () => {
    const deep = files
      .flatMap(importsOf)
      .filter(
        ({ specifier }) =>
          /^@meterline\/[^/]+\//.test(specifier) || /\.\.\/(packages|services)\//.test(specifier),
      )
      .filter(({ file }) => !isTest(file))
    expect(deep).toEqual([])
  })

  test('no files load each other in a circle', () => {
    expect(circlesIn(production)).toEqual([])
    const loads = { a: ['b'], b: ['c', 'd'], c: ['a'], d: ['d'], e: ['a'] }
    expect(circlesOf(new Map(Object.entries(loads)))).toEqual(['a → b → c → a', 'd → d'])
  })

  test('steps of a topology touch neither Kafka nor ClickHouse', () => {
    const broken = production
      .filter((file) => /services\/processor\/src\/(meter|burn)\/(processors\/|topology)/.test(file))
      .flatMap(importsOf)
      .filter(({ specifier }) =>
        /@meterline\/(kafka|clickhouse|runtime)|^kafkajs$|@clickhouse/.test(specifier),
      )
    expect(broken).toEqual([])
  })

  test('only packages/kafka knows kafkajs, only packages/clickhouse its client', () => {
    const broken = production
      .filter((file) => !file.startsWith('examples/'))
      .flatMap(importsOf)
      .filter(({ file, specifier }) => {
        if (specifier.startsWith('kafkajs')) return layerOf(file) !== 'packages/kafka'
        if (specifier.startsWith('@clickhouse/')) return layerOf(file) !== 'packages/clickhouse'
        return false
      })
    expect(broken).toEqual([])
  })
})

describe('the pure core', () => {
  const core = production.filter((file) => PURE.has(layerOf(file)))

  test('imports nothing that does I/O', () => {
    const broken = core
      .flatMap(importsOf)
      .filter(({ specifier }) => specifier.startsWith('node:') && !PURE_NODE_MODULES.has(specifier))
    expect(broken).toEqual([])
  })

  test('reads no clock, no environment, no dice', () => {
    const broken = core.flatMap((file) => {
      const code = readFileSync(join(ROOT, file), 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')
      return IMPURE.filter((pattern) => pattern.test(code)).map((pattern) => `${file}: ${pattern.source}`)
    })
    expect(broken).toEqual([])
  })
})

describe('services', () => {
  const services = production.filter((file) => file.startsWith('services/'))

  test('read the environment in config.ts alone', () => {
    const broken = services
      .filter((file) => !file.endsWith('/config.ts'))
      .filter((file) => /\bprocess\.env\b/.test(readFileSync(join(ROOT, file), 'utf8')))
    expect(broken).toEqual([])
  })

  test('have a main.ts of at most 60 lines', () => {
    const long = services
      .filter((file) => file.endsWith('/main.ts'))
      .map((file) => ({ file, lines: readFileSync(join(ROOT, file), 'utf8').split('\n').length - 1 }))
      .filter(({ lines }) => lines > 60)
    expect(long).toEqual([])
  })
})

test('no file is longer than 400 lines, and none is called utils, helpers, common or shared', () => {
  const broken = production.filter(
    (file) =>
      /\/(utils?|helpers?|common|shared)(\.ts|\/)/.test(file) ||
      readFileSync(join(ROOT, file), 'utf8').split('\n').length > 400,
  )
  expect(broken).toEqual([])
})
