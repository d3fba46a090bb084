import { startCpuMeter } from '../measure/cpu-meter.ts'
import type { CpuMicros } from '../measure/cpu-meter.ts'
import { program } from '../measure/program.ts'
import { SlowRequestWatch } from '../measure/slow-requests.ts'
import type { SlowRequests } from '../measure/slow-requests.ts'
import { summarizeLatency } from '../measure/statistics.ts'
import type { LatencySummary } from '../measure/statistics.ts'
import type { RawAnswer } from './raw-connection.ts'
import { RawConnection, rawPost } from './raw-connection.ts'

export interface AuthorizeLoadInput {
  readonly urls: readonly string[]
  readonly secrets: readonly string[]
  readonly seed: string
  readonly perSecond: number
  /** Per gateway. */
  readonly connections: number
  readonly warmUpMs: number
  readonly durationMs: number
  /** A request is slow that takes longer. */
  readonly slowMs: number
  /** Processes whose main threads may be what slow requests wait for. */
  readonly watched: Readonly<Record<string, number>>
  /** All processes beside this one, for their processor time. */
  readonly processes: Readonly<Record<string, number>>
}

export interface AuthorizeLoadResult {
  readonly seconds: number
  readonly answered: number
  /** Answers by what they say; errors by their status. */
  readonly answers: Readonly<Record<string, number>>
  /** From when a request was due, not from when a connection was free for it. */
  readonly latency: LatencySummary
  /** Part of it: from when a request was due until this process sent it, late itself or without a free connection. */
  readonly sentLate: LatencySummary
  readonly slow: SlowRequests
  /** Processor time per request while it was measured, of this process too: it shares the machine with what it measures. */
  readonly cpuMicros: CpuMicros
}

/** Requests are begun in turns of the clock: more than one a turn, as it is finer than timers are. */
const TURN_MS = 1
/** How often the threads are looked at. */
const LOOK_MS = 2
const SLOWEST_SHARE = 0.1
const MARK_DIGITS = 8
const MARK_PLACE = '0'.repeat(MARK_DIGITS)
const ALLOWED = Buffer.from('{"decision":"allow"')

/** A connection and the requests that it sends: one of every key, whose id is written into the bytes. */
interface Line {
  readonly connection: RawConnection
  readonly requests: readonly { readonly bytes: Buffer; readonly markAt: number }[]
}

await program(async (input: AuthorizeLoadInput): Promise<AuthorizeLoadResult> => {
  const lines = input.urls.flatMap((url) =>
    Array.from({ length: input.connections }, () => lineTo(url, input)),
  )
  /** The first is the one that was free longest ago: they take turns. */
  const free = [...lines]
  const waiting: { readonly dueMs: number; readonly isMeasured: boolean }[] = []
  const answers: Record<string, number> = {}
  const latenciesMs: number[] = []
  const latesMs: number[] = []
  const watch = new SlowRequestWatch(input.slowMs, { ...input.watched, load: process.pid })
  let lookMs = -Infinity
  let open = 0
  let marks = 0
  let onIdle: (() => void) | undefined

  function send(line: Line, dueMs: number, isMeasured: boolean): void {
    const mark = marks++
    const request = line.requests[mark % line.requests.length]
    if (request === undefined) throw new RangeError('no key')
    request.bytes.write(String(mark).padStart(MARK_DIGITS, '0'), request.markAt, 'latin1')
    open += 1
    if (isMeasured) latesMs.push(performance.now() - dueMs)
    line.connection.send(request.bytes, (answer, error) => {
      open -= 1
      if (isMeasured) {
        const doneMs = performance.now()
        latenciesMs.push(doneMs - dueMs)
        watch.answered(dueMs, doneMs)
        const said = answer === undefined ? (error?.message ?? 'no answer') : saidIn(answer)
        answers[said] = (answers[said] ?? 0) + 1
      }
      // A connection that broke answers at once, and would take all that is to come.
      if (answer !== undefined) free.push(line)
      const next = free.length === 0 ? undefined : waiting.shift()
      if (next !== undefined) send(free.shift() ?? line, next.dueMs, next.isMeasured)
      else if (open === 0) onIdle?.()
    })
  }

  /** Requests are due one after the other, whatever became of those before; ends when the last one is answered. */
  async function phase(of: { readonly durationMs: number; readonly isMeasured: boolean }): Promise<void> {
    const startMs = performance.now()
    const endMs = startMs + of.durationMs
    let dueMs = startMs
    await new Promise<void>((resolve) => {
      const timer = setInterval(() => {
        const nowMs = performance.now()
        if (of.isMeasured && nowMs - lookMs >= LOOK_MS) watch.look((lookMs = nowMs))
        for (
          ;
          dueMs <= Math.min(nowMs, endMs);
          dueMs += gapMs(of.isMeasured ? 1 : (dueMs - startMs) / of.durationMs)
        ) {
          const line = free.shift()
          if (line === undefined) waiting.push({ dueMs, isMeasured: of.isMeasured })
          else send(line, dueMs, of.isMeasured)
        }
        if (nowMs < endMs) return
        clearInterval(timer)
        resolve()
      }, TURN_MS)
    })
    if (open > 0) await new Promise<void>((resolve) => void (onIdle = resolve))
    if (waiting.length > 0) throw new Error(`${waiting.length} requests were left: no connection is whole`)
  }

  /** The warm-up begins slowly: what stands in line while code is compiled would still stand there minutes later. */
  const gapMs = (share: number): number => 1_000 / (input.perSecond * Math.max(SLOWEST_SHARE, share))

  await phase({ durationMs: input.warmUpMs, isMeasured: false })
  const processes = { ...input.processes, load: process.pid }
  const cpu = startCpuMeter(
    Object.fromEntries(Object.entries(processes).map(([name, pid]) => [name, () => pid])),
  )
  await phase({ durationMs: input.durationMs, isMeasured: true })
  watch.look(performance.now())
  const cpuMicros = cpu(Math.max(1, latenciesMs.length))
  for (const { connection } of lines) connection.close()
  return {
    seconds: input.durationMs / 1_000,
    answered: latenciesMs.length,
    answers,
    latency: summarizeLatency(latenciesMs),
    sentLate: summarizeLatency(latesMs),
    slow: watch.result(),
    cpuMicros,
  }
})

function lineTo(url: string, { secrets, seed }: AuthorizeLoadInput): Line {
  const body = Buffer.from(
    `{"request_id":"${seed}${MARK_PLACE}","model":"model-small","provider":"acme-ai","estimated_units":{"tokens_input":1500,"tokens_output":400},"ttl_seconds":5}`,
  )
  const requests = secrets.map((secret) => {
    const { bytes, bodyStart } = rawPost(url, { path: '/v1/authorizations', secret, body })
    return { bytes, markAt: bodyStart + body.indexOf(MARK_PLACE) }
  })
  return { connection: new RawConnection(url), requests }
}

function saidIn({ status, bytes, bodyStart, bodyEnd }: RawAnswer): string {
  if (
    bytes.compare(ALLOWED, 0, ALLOWED.length, bodyStart, Math.min(bodyEnd, bodyStart + ALLOWED.length)) === 0
  ) {
    return 'allow'
  }
  const text = bytes.toString('latin1', bodyStart, bodyEnd)
  return /"decision":"(\w+)"/.exec(text)?.[1] ?? String(status)
}
