import { execFile } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { schemaText } from '@meterline/contract'

import { kafkaVersion } from '../machine.ts'
import { CACHE_DIR } from '../stack/paths.ts'

const PROJECT = join(import.meta.dirname, '../kafka-streams')
const SCHEMAS = ['usage-event.avsc', 'metered-usage.avsc']
/** Says that a time or a decimal is more than its bytes. */
const LOGICAL = new Set(['logicalType', 'precision', 'scale'])
const BUILD_TIMEOUT_MS = 5 * 60_000

/**
 * The Kafka Streams program with what it needs, built by Maven the first time it is asked for: a class path for Java. Built
 * beside its place and moved there whole, under a name made of everything that it is built from.
 */
export async function buildStreamsProgram(signal: AbortSignal): Promise<string> {
  const version = kafkaVersion()
  const schemas = SCHEMAS.map((name) => ({ name, text: withoutLogicalTypes(schemaText(name)) }))
  const home = join(CACHE_DIR, `bench-streams-${version}-${fingerprint(schemas.map(({ text }) => text))}`)
  if (!existsSync(home)) {
    const draft = `${home}.${randomUUID()}`
    await mkdir(join(draft, 'schemas'), { recursive: true })
    try {
      for (const { name, text } of schemas) await writeFile(join(draft, 'schemas', name), text)
      const settings = [`-Dbench.out=${draft}`, `-Dkafka.version=${version}`]
      await promisify(execFile)('mvn', ['-q', '-B', '-f', join(PROJECT, 'pom.xml'), ...settings, 'package'], {
        signal,
        timeout: BUILD_TIMEOUT_MS,
      })
      await rename(draft, home)
    } finally {
      await rm(draft, { recursive: true, force: true })
    }
  }
  return [join(home, 'streams-meter.jar'), join(home, 'lib', '*')].join(':')
}

/**
 * The same bytes, read as plain longs and bytes: Avro's generated classes are faster without the conversions, which is in the
 * peer's favour.
 */
function withoutLogicalTypes(schema: string): string {
  return JSON.stringify(
    JSON.parse(schema, function (this: unknown, name: string, value: unknown) {
      return LOGICAL.has(name) ? undefined : value
    }),
  )
}

function fingerprint(texts: readonly string[]): string {
  const hash = createHash('sha256')
  const sources = globSync(['pom.xml', 'src/**/*.java'], { cwd: PROJECT }).toSorted()
  for (const source of sources) hash.update(readFileSync(join(PROJECT, source)))
  for (const text of texts) hash.update(text)
  return hash.digest('hex').slice(0, 12)
}
