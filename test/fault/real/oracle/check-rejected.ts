import { setTimeout as sleep } from 'node:timers/promises'

import type { Ledger } from '../traffic/ledger.ts'
import type { World } from '../world/world.ts'
import { difference, repeated, setDifferences } from './differences.ts'
import type { Input } from './read-input.ts'

const ARRIVE_WITHIN_MS = 30_000
const POLL_MS = 250

/** What came through Kafka stands in `rejected` once, by its place and reason; what the gateway refused stands there at least once. */
export async function checkRejected(world: World, input: Input, ledger: Ledger): Promise<string[]> {
  const untilMs = performance.now() + ARRIVE_WITHIN_MS
  let problems: string[]
  do {
    problems = await look(world, input, ledger)
    if (problems.length > 0) await sleep(POLL_MS)
  } while (problems.length > 0 && performance.now() < untilMs)
  return problems
}

async function look(world: World, input: Input, ledger: Ledger): Promise<string[]> {
  const rows = await world.clickhouse.rows<{ place: string; reason: string }>(
    `SELECT concat(toString(assumeNotNull(source_partition)), '/', toString(assumeNotNull(source_offset))) AS place, reason
     FROM rejected WHERE source_topic = 'usage.events'`,
  )
  const refused = await world.clickhouse.rows<{ id: string }>(
    `SELECT DISTINCT extract(value, 'malformed-[0-9]+') AS id FROM rejected WHERE stage = 'gateway'`,
  )
  const withReason = (entries: Iterable<readonly [string, string]>): Set<string> =>
    new Set([...entries].map(([place, reason]) => `${place} ${reason}`))
  return [
    ...difference('rejected twice', {
      wanted: '',
      found: repeated(rows.map(({ place }) => place))
        .slice(0, 5)
        .join(', '),
    }),
    ...setDifferences('rejected', {
      wanted: withReason(input.rejected),
      found: withReason(rows.map(({ place, reason }) => [place, reason] as const)),
    }),
    ...setDifferences('refused by the gateway', {
      wanted: new Set(ledger.refused.keys()),
      found: new Set(refused.map(({ id }) => id).filter((id) => id !== '')),
    }),
  ]
}
