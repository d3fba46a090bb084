import { controlEventKey, encodeControlEvent, TOPICS } from '@meterline/contract'
import type { ControlEvent, Limit, ScopeId } from '@meterline/domain'
import { createLogWriter } from '@meterline/kafka'
import { join } from 'node:path'

import type { Bench } from '../bench.ts'
import type { AuthorizeLoadInput, AuthorizeLoadResult } from '../load/authorize-load.ts'
import { runProgram } from '../measure/program.ts'
import { cpuNotes } from '../report/cpu-notes.ts'
import type { Figure } from '../report/figure.ts'
import { slowNotes } from '../report/slow-notes.ts'
import { TRAFFIC_KEYS } from '../stack/organization.ts'
import type { Service } from '../stack/service.ts'

const PROGRAM = join(import.meta.dirname, '../load/authorize-load.ts')
const PER_SECOND = 5_000
const AIM_P99_MS = 5
const CONNECTIONS = 64
/** Until the gateway, the broker and burn run compiled, and their heaps have the size that they keep. */
const WARM_UP_MS = 60_000
const DURATION_MS = 15_000
const DEADLINE_MS = 60_000
/** So large that nothing is denied: what is measured is the way to an `allow`. */
const CAP_MICRO = 900_000_000_000_000

/** Authorizations at a fixed rate, under caps on four levels of every key's path: organization, billing group, team, key. */
export async function measureAuthorize(bench: Bench): Promise<Figure[]> {
  await setCaps(bench)
  const processor = await bench.stack.start('processor')
  try {
    return [
      await measured(bench, { gateways: 1, processor }),
      await measured(bench, { gateways: 3, processor }),
    ]
  } finally {
    await processor.stop()
  }
}

async function measured(
  bench: Bench,
  { gateways, processor }: { readonly gateways: number; readonly processor: Service },
): Promise<Figure> {
  bench.say(`authorizations, ${gateways} gateway${gateways === 1 ? '' : 's'}`)
  const running: Service[] = []
  try {
    for (let at = 0; at < gateways; at++) running.push(await bench.stack.start('gateway'))
    const watched = pids(
      Object.fromEntries(running.map((gateway, at) => [`gateway ${at + 1}`, gateway.pid()])),
    )
    const { serverPids } = bench.stack
    const servers = {
      processor: processor.pid(),
      kafka: serverPids.kafka(),
      clickhouse: serverPids.clickhouse(),
    }
    const input: AuthorizeLoadInput = {
      urls: running.map(({ url }) => url),
      secrets: TRAFFIC_KEYS.map(({ id }) => bench.stack.secretOf(id)),
      seed: `authorize-${gateways}-`,
      perSecond: PER_SECOND,
      connections: Math.ceil(CONNECTIONS / gateways),
      warmUpMs: WARM_UP_MS,
      durationMs: DURATION_MS,
      slowMs: AIM_P99_MS,
      watched,
      processes: { ...watched, ...pids(servers) },
    }
    const result = await runProgram<AuthorizeLoadResult>(PROGRAM, {
      input,
      deadlineMs: WARM_UP_MS + DURATION_MS + DEADLINE_MS,
      signal: bench.signal,
      profileDir: bench.options.profileDir,
    })
    return {
      kind: 'latency',
      name: `authorization, ${PER_SECOND}/s, ${gateways} gateway${gateways === 1 ? '' : 's'}`,
      latency: result.latency,
      aimP99Ms: AIM_P99_MS,
      notes: [
        `answered ${Math.round(result.answered / result.seconds)}/s: ${JSON.stringify(result.answers)}`,
        `sent late (part of the above): p50 ${result.sentLate.p50Ms.toFixed(1)} ms, p99 ${result.sentLate.p99Ms.toFixed(1)} ms`,
        ...cpuNotes(result.cpuMicros),
        ...slowNotes(result.slow, AIM_P99_MS),
      ],
    }
  } finally {
    for (const gateway of running) await gateway.stop()
  }
}

/** Those that are known. */
function pids(processes: Readonly<Record<string, number | undefined>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(processes).flatMap(([name, pid]) => (pid === undefined ? [] : [[name, pid]])),
  )
}

async function setCaps(bench: Bench): Promise<void> {
  const scopes: ScopeId[] = [
    'org:bench',
    'billing_group:commerce',
    'billing_group:service',
    ...new Set(TRAFFIC_KEYS.map(({ team }): ScopeId => `team:${team}`)),
    ...TRAFFIC_KEYS.map(({ id }): ScopeId => `api_key:${id}`),
  ]
  const writer = createLogWriter(bench.stack.kafka)
  const messages = scopes.map((scope) => {
    const event = putLimit(scope)
    return { key: controlEventKey(event), value: encodeControlEvent(event) }
  })
  await writer.send([{ topic: TOPICS.controlLog.name, partition: 0, messages }])
  await writer.close()
}

function putLimit(scope: ScopeId): ControlEvent {
  const data: Limit = {
    id: `cap-${scope}`,
    level: 'group',
    scope,
    per: 'scope',
    period: 'month',
    soft_cap_micro: null,
    hard_cap_micro: CAP_MICRO,
    expires_at_ms: null,
    review_at_ms: null,
    on_owner_unreachable: 'closed',
    reason: 'benchmark',
  }
  const head = { schema: 1, command_id: 'bench', at_ms: 0, actor: 'system:bench' } as const
  return { ...head, type: 'put', kind: 'limit', id: data.id, data }
}
