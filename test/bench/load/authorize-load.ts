import { Pool } from 'undici'

import { program } from '../measure/program.ts'
import { summarizeLatency } from '../measure/statistics.ts'
import type { LatencySummary } from '../measure/statistics.ts'

export interface AuthorizeLoadInput {
  readonly urls: readonly string[]
  readonly secrets: readonly string[]
  readonly seed: string
  readonly perSecond: number
  /** Per gateway. */
  readonly connections: number
  readonly warmUpMs: number
  readonly durationMs: number
}

export interface AuthorizeLoadResult {
  readonly seconds: number
  readonly answered: number
  /** Requests of the warm-up. */
  readonly warmedUp: number
  /** Answers by what they say; errors by their status. */
  readonly answers: Readonly<Record<string, number>>
  /** From when a request was due, not from when a connection was free for it. */
  readonly latency: LatencySummary
  /** Processor time of this process per request: it shares the machine with what it measures. */
  readonly ownCpuMicros: number
}

/** Requests are begun in turns of the clock: more than one a turn, as it is finer than timers are. */
const TURN_MS = 2
const SLOWEST_SHARE = 0.1

await program(async (input: AuthorizeLoadInput): Promise<AuthorizeLoadResult> => {
  const pools = input.urls.map((url) => new Pool(url, { connections: input.connections, pipelining: 1 }))
  const answers: Record<string, number> = {}
  const latenciesMs: number[] = []
  const open = new Set<Promise<void>>()
  let answered = 0
  let marks = 0

  async function ask(dueMs: number, isMeasured: boolean): Promise<void> {
    const mark = marks++
    const pool = pools[mark % pools.length]
    const secret = input.secrets[mark % input.secrets.length] ?? ''
    const body = `{"request_id":"${input.seed}${mark}","model":"model-small","provider":"acme-ai","estimated_units":{"tokens_input":1500,"tokens_output":400},"ttl_seconds":5}`
    const response = await pool?.request({
      path: '/v1/authorizations',
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${secret}` },
      body,
    })
    const text = (await response?.body.text()) ?? ''
    const doneMs = performance.now()
    if (!isMeasured) return
    const said = /"decision":"(\w+)"/.exec(text)?.[1] ?? String(response?.statusCode)
    answers[said] = (answers[said] ?? 0) + 1
    answered += 1
    latenciesMs.push(doneMs - dueMs)
  }

  /** Requests are due one after the other, whatever became of those before; ends when the last one is answered. */
  async function phase(of: { readonly durationMs: number; readonly isMeasured: boolean }): Promise<void> {
    const startMs = performance.now()
    const endMs = startMs + of.durationMs
    let dueMs = startMs
    await new Promise<void>((resolve) => {
      const timer = setInterval(() => {
        const nowMs = performance.now()
        for (
          ;
          dueMs <= Math.min(nowMs, endMs);
          dueMs += gapMs(of.isMeasured ? 1 : (dueMs - startMs) / of.durationMs)
        ) {
          const asked = ask(dueMs, of.isMeasured)
            .catch((error: unknown) => {
              const name = error instanceof Error ? error.name : 'error'
              answers[name] = (answers[name] ?? 0) + 1
            })
            .finally(() => open.delete(asked))
          open.add(asked)
        }
        if (nowMs < endMs) return
        clearInterval(timer)
        resolve()
      }, TURN_MS)
    })
    await Promise.all(open)
  }

  /** The warm-up begins slowly: what stands in line while code is compiled would still stand there minutes later. */
  const gapMs = (share: number): number => 1_000 / (input.perSecond * Math.max(SLOWEST_SHARE, share))

  await phase({ durationMs: input.warmUpMs, isMeasured: false })
  const cpuBefore = process.cpuUsage()
  const before = marks
  await phase({ durationMs: input.durationMs, isMeasured: true })
  const { user, system } = process.cpuUsage(cpuBefore)
  await Promise.all(pools.map((pool) => pool.close()))
  return {
    seconds: input.durationMs / 1_000,
    answered,
    warmedUp: before,
    answers,
    latency: summarizeLatency(latenciesMs),
    ownCpuMicros: (user + system) / Math.max(1, marks - before),
  }
})
