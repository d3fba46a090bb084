import { inTime } from '../in-time.ts'
import type { SteadyTraffic } from '../traffic/steady-traffic.ts'
import type { World } from '../world/world.ts'
import { checkAlerts } from './check-alerts.ts'
import { checkRejected } from './check-rejected.ts'
import { awaitLagZero, checkHealth, checkTransactions } from './check-rest.ts'
import { checkAcknowledged, checkMetered, checkReconciliation, checkRows, checkViews } from './check-usage.ts'
import { readInput } from './read-input.ts'
import type { ExpectedPartition } from './read-input.ts'

export interface Account {
  /** Sentences by check; an empty list is a check that holds. */
  readonly checks: Readonly<Record<string, readonly string[]>>
  readonly counts: Readonly<Record<string, number>>
}

const LAG_ZERO_WITHIN_MS = 120_000
const HEALTHY_WITHIN_MS = 60_000
/** Beyond what the slowest of them waits for. */
const CHECK_WITHIN_MS = 180_000
/** Beyond all deadlines of a single question. */
const ANSWER_WITHIN_MS = 60_000

/** Everything that must hold once the faults are over and the senders have their answers; says each check that does not, at once. */
export async function takeAccount(
  world: World,
  traffic: SteadyTraffic,
  say: (line: string) => void,
): Promise<Account> {
  const { ledger, kafka } = traffic
  const startMs = performance.now()
  const lag = await inTime(
    awaitLagZero(world, LAG_ZERO_WITHIN_MS),
    LAG_ZERO_WITHIN_MS + ANSWER_WITHIN_MS,
    () => 'the question for the lag was never answered',
  ).catch((error: unknown) => [String(error)])
  const drainedMs = performance.now() - startMs
  for (const problem of lag) say(`!! lag: ${problem}`)
  const input = await readInput(world.kafka, ledger)
  // At the same time: the refreshed views alone are waited for for up to a minute.
  const checks = await allOf(say, {
    'lag is 0': lag,
    'every acknowledged event is in the log': checkAcknowledged(input, ledger),
    'accepted = metered + duplicates + rejected, and metered = rows': checkReconciliation(world, input),
    'usage.metered has each request once': checkMetered(world, input),
    'usage has each request once, at its price': checkRows(world, input),
    'every rejection is kept once, with its reason': checkRejected(world, input, ledger),
    'the views say what the table says': checkViews(world, input),
    'every alert came once': checkAlerts(world),
    'no transaction is open': checkTransactions(world),
    'every service is ready again': checkHealth(world, HEALTHY_WITHIN_MS),
    'every 429 and 503 says when to come back':
      ledger.withoutRetryAfter === 0 ? [] : [`${ledger.withoutRetryAfter} answers without Retry-After`],
  })
  const total = (name: keyof ExpectedPartition): number =>
    input.partitions.reduce((sum, partition) => sum + partition[name], 0)
  return {
    checks,
    counts: {
      'events sent': ledger.events.size,
      'records acknowledged': ledger.acknowledgements,
      'records in usage.events': total('accepted'),
      metered: total('metered'),
      duplicates: total('duplicates'),
      rejected: total('rejected'),
      'refused by the gateway': ledger.refused.size,
      'answers other than 202 and 400': [...ledger.unanswered.values()].reduce((sum, n) => sum + n, 0),
      'sends that the stock Kafka client never answered': kafka.stalls.length,
      'ends of service processes': world.exits.length,
      'seconds to lag 0': Math.round(drainedMs / 100) / 10,
    },
  }
}

type Sentences = readonly string[]

async function allOf(
  say: (line: string) => void,
  checks: Readonly<Record<string, Sentences | Promise<Sentences>>>,
): Promise<Account['checks']> {
  // What could not be looked at does not hold, and does not keep the others from being looked at.
  const entries = Object.entries(checks).map(async ([name, check]) => {
    const found = await inTime(Promise.resolve(check), CHECK_WITHIN_MS, () => 'it was never answered').catch(
      (error: unknown) => [`not looked at: ${String(error)}`],
    )
    if (found.length > 0)
      say(`!! ${name}: ${found[0]}${found.length > 1 ? ` (and ${found.length - 1} more)` : ''}`)
    return [name, found] as const
  })
  return Object.fromEntries(await Promise.all(entries))
}
