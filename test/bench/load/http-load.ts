import { setTimeout as sleep } from 'node:timers/promises'

import { program } from '../measure/program.ts'
import { SlowRequestWatch } from '../measure/slow-requests.ts'
import type { SlowRequests } from '../measure/slow-requests.ts'
import { summarizeLatency } from '../measure/statistics.ts'
import type { LatencySummary } from '../measure/statistics.ts'
import { createHttpBodies } from './http-bodies.ts'
import type { RawAnswer } from './raw-connection.ts'
import { RawConnection, rawPost } from './raw-connection.ts'

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
  /** Where slow requests are to be explained: how slow they are, and the processes that they may wait for. */
  readonly slow?: { readonly overMs: number; readonly watched: Readonly<Record<string, number>> }
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
  readonly slow?: SlowRequests
}

/** Enough to visit several keys, few enough to stay in the processor's cache no more than real bodies would. */
const BODIES_PER_CONNECTION = 5
/** How often the threads are looked at. */
const LOOK_MS = 2

await program(async (input: LoadInput): Promise<LoadResult> => {
  const requestsOf = (worker: number) =>
    Array.from({ length: BODIES_PER_CONNECTION }, (_, turn) => {
      const keyIndex = (worker * BODIES_PER_CONNECTION + turn) % input.secrets.length
      const [body] = createHttpBodies({
        count: 1,
        events: input.eventsPerRequest,
        keyIndex,
        seed: `${input.seed}${worker}.${turn}`,
      })
      if (body === undefined) throw new RangeError('no body')
      const secret = input.secrets[keyIndex] ?? ''
      const { bytes, bodyStart } = rawPost(input.url, { path: '/v1/events', secret, body: body.bytes })
      // Stamped where it is sent from.
      return { bytes, body: body.within(bytes, bodyStart) }
    })
  const prepared = Array.from({ length: input.connections }, (_, worker) => ({
    connection: new RawConnection(input.url),
    requests: requestsOf(worker),
  }))

  const watch =
    input.slow === undefined
      ? undefined
      : new SlowRequestWatch(input.slow.overMs, { ...input.slow.watched, load: process.pid })
  const looks = watch && setInterval(() => watch.look(performance.now()), LOOK_MS)
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
    const { connection, requests: mine } = prepared[worker] ?? {}
    if (connection === undefined || mine === undefined) return
    for (let turn = 0; ; turn += 1) {
      const dueMs = gapMs === 0 ? performance.now() : startMs + run * gapMs
      const { body, bytes } = mine[turn % mine.length] ?? {}
      if (dueMs >= endMs || body === undefined || bytes === undefined) return
      run += 1
      const mark = run
      const waitMs = dueMs - performance.now()
      if (waitMs > 0) await sleep(waitMs)
      body.stamp(mark, Date.now())
      const { status, events } = await exchange(connection, bytes)
      const doneMs = performance.now()
      if (status !== 202) refusals[status] = (refusals[status] ?? 0) + 1
      acceptedInAll += events
      if (doneMs < measureMs || doneMs > endMs) continue
      accepted += events
      requests += 1
      latenciesMs.push(doneMs - dueMs)
      watch?.answered(dueMs, doneMs)
    }
  }
  await Promise.all(prepared.map((_, worker) => send(worker)))
  clearInterval(looks)
  for (const { connection } of prepared) connection.close()
  return {
    accepted,
    acceptedInAll,
    requests,
    seconds: input.durationMs / 1_000,
    refusals,
    latency: summarizeLatency(latenciesMs),
    ...(watch === undefined ? {} : { slow: watch.result() }),
  }
})

/** The status, and how many events were taken. */
function exchange(
  connection: RawConnection,
  request: Buffer,
): Promise<{ readonly status: number; readonly events: number }> {
  return new Promise((resolve, reject) => {
    connection.send(request, (answer, error) => {
      if (answer === undefined) reject(error ?? new Error('no answer'))
      else resolve({ status: answer.status, events: answer.status === 202 ? acceptedIn(answer) : 0 })
    })
  })
}

function acceptedIn({ bytes, bodyStart, bodyEnd }: RawAnswer): number {
  return (JSON.parse(bytes.toString('latin1', bodyStart, bodyEnd)) as { accepted: number }).accepted
}
