import { setTimeout as sleep } from 'node:timers/promises'

import type { Receiver } from '../../../services/notifier/src/testing/receiver.ts'
import type { BenchStack } from '../../bench/stack/bench-stack.ts'
import type { Service } from '../../bench/stack/service.ts'
import { createAlertUse } from './alert-use.ts'
import { createAuthorizationUse } from './authorization-use.ts'
import { createControlUse } from './control-use.ts'

/** What everybody else does beside the producers, each at its pace, so that no service of the soak is idle. */
export interface EverydayUse {
  /** Begins nothing more. */
  stop(): Promise<void>
  /** After `stop`: waits for what is still on its way, and says what was done and what went wrong. */
  finish(): Promise<EverydayReport>
}

export interface EverydayReport {
  /** By what was done, how often it was answered as it should be. */
  readonly done: Readonly<Record<string, number>>
  readonly problems: readonly string[]
}

export interface Used {
  readonly stack: BenchStack
  readonly gateway: Service
  readonly control: Service
  readonly notifier: Service
  readonly adminToken: string
  readonly receiver: Receiver
  /** Projects of which one event each takes the allocation over 100 %. */
  readonly probes: number
  readonly durationMs: number
}

export interface Use {
  readonly everyMs: number
  /** One turn, numbered from 0; names what was done. Rejects where an answer is not as it should be. */
  turn(number: number): Promise<readonly string[]>
  /** Waits for what follows from the turns. Rejects with what did not come. */
  finish?(): Promise<readonly string[]>
}

const MAX_PROBLEMS = 5

export async function startEverydayUse(used: Used): Promise<EverydayUse> {
  const uses: readonly Use[] = [
    createAuthorizationUse(used),
    createControlUse(used),
    await createAlertUse(used),
  ]
  const stopping = new AbortController()
  const done: Record<string, number> = {}
  const problems: string[] = []
  const count = (names: readonly string[]): void => {
    for (const name of names) done[name] = (done[name] ?? 0) + 1
  }
  const failed = (error: unknown): void => {
    if (problems.length < MAX_PROBLEMS) problems.push(error instanceof Error ? error.message : String(error))
  }
  const running = uses.map((use) => repeat(use, { signal: stopping.signal, count, failed }))
  return {
    async stop() {
      stopping.abort()
      await Promise.all(running)
    },
    async finish() {
      for (const use of uses) await use.finish?.().then(count, failed)
      return { done, problems }
    },
  }
}

async function repeat(
  use: Use,
  to: {
    readonly signal: AbortSignal
    readonly count: (names: readonly string[]) => void
    readonly failed: (error: unknown) => void
  },
): Promise<void> {
  const startMs = performance.now()
  for (let number = 0; !to.signal.aborted; number += 1) {
    await use.turn(number).then(to.count, to.failed)
    const waitMs = startMs + (number + 1) * use.everyMs - performance.now()
    await sleep(Math.max(0, waitMs), undefined, { signal: to.signal }).catch(endsTheWait)
  }
}

function endsTheWait(): void {}
