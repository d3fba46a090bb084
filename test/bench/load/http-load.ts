import { setTimeout as sleep } from 'node:timers/promises'
import { Pool } from 'undici'

import { program } from '../measure/program.ts'
import { summarizeLatency } from '../measure/statistics.ts'
import type { LatencySummary } from '../measure/statistics.ts'
import { createHttpBodies } from './http-bodies.ts'

export interface LoadInput {
  readonly url: string
  /** One per key of the traffic, in its order. */
  readonly secrets: readonly string[]
  readonly seed: string
  readonly eventsPerRequest: number
  readonly connections: number
  /** As fast as it is answered, when left out. */
  readonly eventsPerSecond?: number
  readonly warmUpMs: number
  readonly durationMs: number
}

export interface LoadResult {
  /** Events of 202 answers that came in the time measured. */
  readonly accepted: number
  /** The same from the first request on. */
  readonly acceptedInAll: number
  readonly requests: number
  readonly seconds: number
  /** Answers other than 202, by status. */
  readonly refusals: Readonly<Record<string, number>>
  /** From when a request was due, not from when a connection was free for it. */
  readonly latency: LatencySummary
}

/** Enough to visit several keys, few enough to stay in the processor's cache no more than real bodies would. */
const BODIES_PER_CONNECTION = 5

await program(async (input: LoadInput): Promise<LoadResult> => {
  const pool = new Pool(input.url, { connections: input.connections, pipelining: 1 })
  const bodiesOf = (worker: number) =>
    Array.from({ length: BODIES_PER_CONNECTION }, (_, turn) => {
      const keyIndex = (worker * BODIES_PER_CONNECTION + turn) % input.secrets.length
      const [body] = createHttpBodies({
        count: 1,
        events: input.eventsPerRequest,
        keyIndex,
        seed: `${input.seed}${worker}.${turn}`,
      })
      if (body === undefined) throw new RangeError('no body')
      const headers = {
        'content-type': 'application/json',
        authorization: `Bearer ${input.secrets[keyIndex] ?? ''}`,
      }
      return { body, headers }
    })
  const prepared = Array.from({ length: input.connections }, (_, worker) => bodiesOf(worker))

  const refusals: Record<string, number> = {}
  const latenciesMs: number[] = []
  let accepted = 0
  let acceptedInAll = 0
  let requests = 0
  let run = 0
  const startMs = performance.now()
  const measureMs = startMs + input.warmUpMs
  const endMs = measureMs + input.durationMs
  const gapMs =
    input.eventsPerSecond === undefined ? 0 : (1_000 * input.eventsPerRequest) / input.eventsPerSecond

  async function send(worker: number): Promise<void> {
    const mine = prepared[worker] ?? []
    for (let turn = 0; ; turn += 1) {
      const dueMs = gapMs === 0 ? performance.now() : startMs + run * gapMs
      const { body, headers } = mine[turn % mine.length] ?? {}
      if (dueMs >= endMs || body === undefined || headers === undefined) return
      run += 1
      const mark = run
      const waitMs = dueMs - performance.now()
      if (waitMs > 0) await sleep(waitMs)
      body.stamp(mark, Date.now())
      const answer = await pool.request({ path: '/v1/events', method: 'POST', headers, body: body.bytes })
      const text = await answer.body.text()
      const doneMs = performance.now()
      if (answer.statusCode !== 202) refusals[answer.statusCode] = (refusals[answer.statusCode] ?? 0) + 1
      const events = answer.statusCode === 202 ? (JSON.parse(text) as { accepted: number }).accepted : 0
      acceptedInAll += events
      if (doneMs < measureMs || doneMs > endMs) continue
      accepted += events
      requests += 1
      latenciesMs.push(doneMs - dueMs)
    }
  }
  await Promise.all(prepared.map((_, worker) => send(worker)))
  await pool.close()
  return {
    accepted,
    acceptedInAll,
    requests,
    seconds: input.durationMs / 1_000,
    refusals,
    latency: summarizeLatency(latenciesMs),
  }
})
