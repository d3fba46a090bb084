import { setTimeout as sleep } from 'node:timers/promises'

import type { Clickhouse } from './clickhouse.ts'
import { ClickhouseError } from './errors.ts'

/** How packages/local-stack names the engine that it embeds. */
const EMBEDDED = /^meterline-embedded-/
/** Not there before its first count; `Query` is, so there always is an answer. */
const FAILED_WRITES = 'WriteBufferFromFileDescriptorWriteFailed'
/** Between two testimonies: one takes the server 2 ms, and may serve many inserts. */
const PACE_MS = 200

interface Testimony {
  readonly event: string
  readonly count: number
  readonly uptime_s: number
}

/**
 * The embedded engine goes on when a write fails, as if it had not: an insert onto a full disk is answered OK, and is not
 * there after the next start (docs/decisions/0063). So what it says counts once the same process says afterwards that none
 * of its writes failed since it was started. Until then it is as if it had not answered; who runs it starts it again.
 * A ClickHouse server answers such an insert with an error, and is believed at once.
 */
export class WriteWitness {
  readonly #clickhouse: Clickhouse
  readonly #timeoutMs: number
  /** Known from the first answer on: one address is one kind of server. */
  #isEmbedded: boolean | undefined
  #askedMs = -Infinity
  #last: Promise<unknown> | undefined
  #next: Promise<readonly Testimony[]> | undefined

  constructor(clickhouse: Clickhouse, { timeoutMs }: { readonly timeoutMs: number }) {
    this.#clickhouse = clickhouse
    this.#timeoutMs = timeoutMs
  }

  /**
   * What `act` answers, if it can be believed.
   *
   * @throws ClickhouseError `no-answer` where it cannot; whatever `act` throws.
   */
  async attest<T>(act: () => Promise<T>): Promise<T> {
    const startedMs = performance.now()
    const answer = await act()
    if (this.#isEmbedded !== false) judge(await this.#hear(), startedMs)
    return answer
  }

  /** A testimony that begins after now; one serves all who ask before it does. */
  #hear(): Promise<readonly Testimony[]> {
    this.#next ??= this.#wait().then(() => {
      this.#next = undefined
      return (this.#last = this.#ask())
    })
    return this.#next
  }

  async #wait(): Promise<void> {
    // What became of the one before is for those who asked for it.
    await Promise.allSettled([this.#last])
    const leftMs = this.#askedMs + PACE_MS - performance.now()
    if (leftMs > 0) await sleep(leftMs)
  }

  async #ask(): Promise<readonly Testimony[]> {
    this.#askedMs = performance.now()
    const options = { timeoutMs: this.#timeoutMs }
    try {
      // Needs no right, which the counter does.
      this.#isEmbedded ??= EMBEDDED.test(
        (await this.#clickhouse.rows<{ name: string }>('SELECT displayName() AS name', options))[0]?.name ??
          '',
      )
      if (!this.#isEmbedded) return []
      return await this.#clickhouse.rows<Testimony>(
        `SELECT event, value AS count, uptime() AS uptime_s
         FROM system.events WHERE event IN ('Query', '${FAILED_WRITES}')`,
        options,
      )
    } catch (error) {
      // A refusal of this question says nothing of the insert.
      throw unbelieved('it does not say whether it could write', error)
    }
  }
}

function judge(testimony: readonly Testimony[], sinceMs: number): void {
  const failed = testimony.find(({ event }) => event === FAILED_WRITES)?.count ?? 0
  if (failed > 0) throw unbelieved(`${failed} of its writes failed since it was started`)
  const elapsedMs = performance.now() - sinceMs
  // Whole seconds, rounded down: a server that was started just before is taken for one that was started since.
  if (testimony.some(({ uptime_s: uptimeS }) => uptimeS * 1_000 < elapsedMs)) {
    throw unbelieved('it was started meanwhile')
  }
}

function unbelieved(why: string, cause?: unknown): ClickhouseError {
  const said = cause instanceof Error ? `${why}: ${cause.message}` : why
  return new ClickhouseError(`ClickHouse answered, and cannot be believed: ${said}`, {
    kind: 'no-answer',
    cause,
  })
}
