import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

import { compatibilityProblems } from '../packages/contract/src/avro/compatibility.ts'

const here = (path: string) => new URL(path, import.meta.url)
const names = readdirSync(here('.'))
  .filter((file) => file.endsWith('.avsc'))
  .map((file) => file.slice(0, -'.avsc'.length))

/** Released versions of a schema, oldest first; none for a schema that is new. */
function released(name: string): string[] {
  if (!existsSync(here(`released/${name}/`))) return []
  const versions = readdirSync(here(`released/${name}/`)).map((file) => Number.parseInt(file, 10))
  return versions.sort((a, b) => a - b).map((n) => readFileSync(here(`released/${name}/${n}.avsc`), 'utf8'))
}

describe('every schema reads what any released version of it wrote (BACKWARD_TRANSITIVE)', () => {
  test.each(names)('%s', (name) => {
    const candidate = readFileSync(here(`${name}.avsc`), 'utf8')
    expect(compatibilityProblems(candidate, released(name), 'BACKWARD_TRANSITIVE')).toEqual([])
  })
})

test('a schema that was released is still there', () => {
  expect(readdirSync(here('released/'))).not.toEqual([])
  expect(readdirSync(here('released/')).every((name) => names.includes(name))).toBe(true)
})

interface AvroRecord {
  readonly fields: readonly { readonly name: string }[]
}

test('MeteredUsage begins with exactly the fields of UsageEvent, so that bytes can be appended', () => {
  const fields = (file: string) => (JSON.parse(readFileSync(here(file), 'utf8')) as AvroRecord).fields
  const event = fields('usage-event.avsc')
  expect(fields('metered-usage.avsc').slice(0, event.length)).toEqual(event)
})
