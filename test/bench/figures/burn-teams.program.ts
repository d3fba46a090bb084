import { HOUR_MS, MINUTE_MS, PANE_GRACE_MS } from '@meterline/domain'
import type { OutputBatch } from '@meterline/topology'

import { BURN_TOPICS, burnTopology } from '../../../services/processor/src/burn/topology.ts'
import { burnPolicyRecord, teamDeltas } from '../load/team-deltas.ts'
import { cpuSecondsOf } from '../measure/own-cpu.ts'
import { program } from '../measure/program.ts'

export interface BurnTeamsInput {
  readonly teams: number
  readonly deltas: number
}

export interface BurnTeamsResult {
  readonly microsPerDelta: number
  /** States written for each delta: each stands for a scope that a batch touched. */
  readonly scopesPerDelta: number
  /** The batch in which a pane of five minutes closes for every team, and what it writes to the changelog. It counts above, too. */
  readonly boundaryMs: number
  readonly boundaryMib: number
}

const BATCH_RECORDS = 5_000
const AFTER_BOUNDARY_MS = 5_000
const MIB = 1024 ** 2

/** Burn's topology alone in a process: deltas are made and encoded batch by batch, and only burn is timed. */
await program(async ({ teams, deltas }: BurnTeamsInput): Promise<BurnTeamsResult> => {
  const task = burnTopology({ spendState: 1, burnChangelog: 2, spendLease: 3 }).create(0)
  // One boundary lies in the timed half, near its end, and one in the half before: the first one makes the detectors. Neither ends an hour.
  const closesMs = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - 30 * MINUTE_MS + PANE_GRACE_MS
  const endMs = closesMs + AFTER_BOUNDARY_MS
  const next = teamDeltas({ teams, deltas, endMs })
  task.process([burnPolicyRecord(endMs)])
  const total = { seconds: 0, records: 0, scopes: 0 }
  const boundary = { seconds: 0, bytes: 0 }
  for (let done = 0; done < deltas; done += BATCH_RECORDS) {
    const records = Array.from({ length: BATCH_RECORDS }, (_, index) => next(done + index))
    let outputs: readonly OutputBatch[] = []
    const seconds = cpuSecondsOf(() => {
      outputs = task.process(records)
    })
    // The first pass over all teams makes them; what is asked is what they cost from then on.
    if (done < deltas / 2) continue
    total.seconds += seconds
    total.records += records.length
    total.scopes += messagesOf(outputs, BURN_TOPICS.spendState).length
    const changes = messagesOf(outputs, BURN_TOPICS.burnChangelog)
    // Every team that has spent by then writes at least one record.
    if (changes.length < teams / 2 || boundary.seconds > seconds) continue
    boundary.seconds = seconds
    boundary.bytes = changes.reduce((sum, { value }) => sum + (value?.length ?? 0), 0)
  }
  return Promise.resolve({
    microsPerDelta: (total.seconds * 1e6) / total.records,
    scopesPerDelta: total.scopes / total.records,
    boundaryMs: boundary.seconds * 1_000,
    boundaryMib: boundary.bytes / MIB,
  })
})

function messagesOf(outputs: readonly OutputBatch[], topic: string): OutputBatch['messages'] {
  return outputs.filter((output) => output.topic === topic).flatMap(({ messages }) => [...messages])
}
