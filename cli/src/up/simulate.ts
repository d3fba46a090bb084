import { createTraffic, historyEvents } from '@meterline/simulation'
import type { UsageEvent } from '@meterline/domain'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'

import { writeStateFile } from '../connection/state-dir.ts'
import { demoHistory, DEMO_SEED } from '../demo/demo-plan.ts'
import { DEMO_WORKLOADS } from '../demo/demo-workloads.ts'
import type { Delivery } from '../send/delivery.ts'

const HISTORY_BATCH_EVENTS = 4_000
const TICK_MS = 500
/** After a pause of the gateway or of this machine, older traffic is left out rather than sent in a burst. */
const MAX_BEHIND_MS = 60_000

const simulationState = z.object({ history_until_ms: z.int(), history_sent: z.boolean() })

export interface SimulationProgress {
  readonly historySent: number
  readonly historyTotal: number
  readonly liveSent: number
  readonly refused: number
}

export interface SimulationOptions {
  readonly delivery: Delivery
  readonly stateDir: string
  readonly signal: AbortSignal
  readonly onProgress: (progress: SimulationProgress) => void
}

/** The weeks before the first start, once; then live traffic until stopped. Everything through the gateway, as any customer's. */
export async function simulate({ delivery, stateDir, signal, onProgress }: SimulationOptions): Promise<void> {
  const progress = { historySent: 0, historyTotal: 0, liveSent: 0, refused: 0 }
  const send = async (events: readonly UsageEvent[]): Promise<void> => {
    const report = await delivery.send(events.map((event) => ({ kind: 'event', event, role: 'first' })))
    progress.refused += report.refused.length
  }
  let sentUntilMs = await sendHistory()
  const traffic = createTraffic({ seed: DEMO_SEED, workloads: Object.values(DEMO_WORKLOADS).flat() })
  while (!signal.aborted) {
    const nowMs = Date.now()
    const events = traffic.between(Math.max(sentUntilMs, nowMs - MAX_BEHIND_MS), nowMs)
    if (events.length > 0) await send(events)
    progress.liveSent += events.length
    sentUntilMs = nowMs
    onProgress(progress)
    await delay(TICK_MS, undefined, { signal }).catch(() => undefined)
  }

  async function sendHistory(): Promise<number> {
    const state = readState(stateDir)
    if (state?.history_sent === true) return Date.now()
    // A start that was cut off is taken up with the same events: what arrived already is a duplicate.
    const untilMs = state?.history_until_ms ?? wholeSecond(Date.now())
    writeState(stateDir, { history_until_ms: untilMs, history_sent: false })
    const events = historyEvents(demoHistory(untilMs))
    progress.historyTotal = events.length
    for (let at = 0; at < events.length; at += HISTORY_BATCH_EVENTS) {
      signal.throwIfAborted()
      await send(events.slice(at, at + HISTORY_BATCH_EVENTS))
      progress.historySent = Math.min(events.length, at + HISTORY_BATCH_EVENTS)
      onProgress(progress)
    }
    writeState(stateDir, { history_until_ms: untilMs, history_sent: true })
    return untilMs
  }
}

function wholeSecond(timeMs: number): number {
  return timeMs - (timeMs % 1_000)
}

function readState(stateDir: string): z.output<typeof simulationState> | undefined {
  const path = join(stateDir, 'simulation.json')
  return existsSync(path) ? simulationState.parse(JSON.parse(readFileSync(path, 'utf8'))) : undefined
}

function writeState(stateDir: string, state: z.output<typeof simulationState>): void {
  writeStateFile(join(stateDir, 'simulation.json'), state)
}
