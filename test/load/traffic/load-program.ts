import { setTimeout as sleep } from 'node:timers/promises'
import { Pool } from 'undici'

import { createHttpBodies } from '../../bench/load/http-bodies.ts'
import { program } from '../../bench/measure/program.ts'

export interface LoadInput {
  readonly url: string
  readonly secrets: readonly string[]
  readonly eventsPerRequest: number
  readonly eventsPerSecond: number
  readonly connections: number
  readonly durationMs: number
  /** Beside the steady load: everybody at once, for as long, from the middle on. */
  readonly burst: { readonly connections: number; readonly durationMs: number } | undefined
}

export interface LoadResult {
  /** Requests that were answered with 202: the number in the ids of its events, and how many different ones it holds. */
  readonly acknowledged: readonly (readonly [run: number, events: number])[]
  /** Answers by status; `none` for requests that ended without one. */
  readonly answers: Readonly<Record<string, number>>
  /** Answers 429 and 503 that do not say when to come back. */
  readonly withoutRetryAfter: number
  /** Requests that were never taken before the end. */
  readonly givenUp: number
  readonly seconds: number
}

const BODIES = 4
const NO_ANSWER_PAUSE_MS = 500
/** What is under way when the time is over is tried again for this long. */
const DRAIN_MS = 60_000
const MAX_RETRY_AFTER_MS = 5_000

await program(async (input: LoadInput): Promise<LoadResult> => {
  const { secrets, eventsPerRequest, durationMs } = input
  const acknowledged: [number, number][] = []
  const answers: Record<string, number> = {}
  let withoutRetryAfter = 0
  let givenUp = 0
  let runs = 0
  const startMs = performance.now()
  const endMs = startMs + durationMs

  const count = (status: string): void => void (answers[status] = (answers[status] ?? 0) + 1)

  /** One connection with bodies of its own, which it sends in turn, each until it is taken. */
  function createSender(pool: Pool, sender: number) {
    const prepared = Array.from({ length: BODIES }, (_, turn) => {
      const keyIndex = (sender * BODIES + turn) % secrets.length
      const [body] = createHttpBodies({
        count: 1,
        events: eventsPerRequest,
        keyIndex,
        seed: `${sender}.${turn}`,
      })
      if (body === undefined) throw new RangeError('no body')
      const ids = (JSON.parse(body.bytes.toString()) as { request_id: string }[]).map(
        ({ request_id }) => request_id,
      )
      const headers = {
        'content-type': 'application/json',
        authorization: `Bearer ${secrets[keyIndex] ?? ''}`,
      }
      return { body, headers, distinct: new Set(ids).size }
    })
    return async (turn: number): Promise<void> => {
      const { body, headers, distinct } = prepared[turn % BODIES] as (typeof prepared)[number]
      const run = (runs += 1)
      body.stamp(run, Date.now())
      while (performance.now() < endMs + DRAIN_MS) {
        try {
          const answer = await pool.request({ path: '/v1/events', method: 'POST', headers, body: body.bytes })
          await answer.body.text()
          count(String(answer.statusCode))
          if (answer.statusCode === 202) return void acknowledged.push([run, distinct])
          const retryAfter = answer.headers['retry-after']
          const mayRetry = answer.statusCode === 429 || answer.statusCode === 503
          if (mayRetry && retryAfter === undefined) withoutRetryAfter += 1
          await sleep(Math.min(MAX_RETRY_AFTER_MS, Number(retryAfter ?? 1) * 1_000))
        } catch {
          count('none')
          await sleep(NO_ANSWER_PAUSE_MS)
        }
      }
      givenUp += 1
    }
  }

  const gapMs = (1_000 * eventsPerRequest) / input.eventsPerSecond
  let due = 0
  async function sendSteadily(pool: Pool, sender: number): Promise<void> {
    const send = createSender(pool, sender)
    for (let turn = 0; ; turn += 1) {
      const dueMs = startMs + due * gapMs
      due += 1
      if (dueMs >= endMs) return
      const waitMs = dueMs - performance.now()
      if (waitMs > 0) await sleep(waitMs)
      // Too late for what was due long ago: the offered rate is a rate, not a debt.
      if (performance.now() >= endMs) return
      await send(turn)
    }
  }

  async function sendBurst({
    connections,
    durationMs: lastsMs,
  }: NonNullable<LoadInput['burst']>): Promise<void> {
    await sleep(durationMs / 2)
    const pool = new Pool(input.url, { connections, pipelining: 1 })
    const untilMs = performance.now() + lastsMs
    const sendAll = async (sender: number): Promise<void> => {
      const send = createSender(pool, input.connections + sender)
      for (let turn = 0; performance.now() < untilMs; turn += 1) await send(turn)
    }
    await Promise.all(Array.from({ length: connections }, (_, sender) => sendAll(sender)))
    await pool.close()
  }

  const pool = new Pool(input.url, { connections: input.connections, pipelining: 1 })
  await Promise.all([
    ...Array.from({ length: input.connections }, (_, sender) => sendSteadily(pool, sender)),
    ...(input.burst === undefined ? [] : [sendBurst(input.burst)]),
  ])
  await pool.close()
  return { acknowledged, answers, withoutRetryAfter, givenUp, seconds: (performance.now() - startMs) / 1_000 }
})
