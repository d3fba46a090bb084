import { burnTopology } from '../../../services/processor/src/burn/topology.ts'
import { burnPolicyRecord, teamDeltas } from '../load/team-deltas.ts'
import { cpuSecondsOf } from '../measure/own-cpu.ts'
import { program } from '../measure/program.ts'

export interface BurnTeamsInput {
  readonly teams: number
  readonly deltas: number
}

export interface BurnTeamsResult {
  readonly microsPerDelta: number
}

const BATCH_RECORDS = 5_000

/** Burn's topology alone in a process: deltas are made and encoded batch by batch, and only burn is timed. */
await program(async ({ teams, deltas }: BurnTeamsInput): Promise<BurnTeamsResult> => {
  const task = burnTopology({ spendState: 1, burnChangelog: 2, spendLease: 3 }).create(0)
  const endMs = Date.now()
  const next = teamDeltas({ teams, deltas, endMs })
  task.process([burnPolicyRecord(endMs)])
  let seconds = 0
  let timed = 0
  for (let done = 0; done < deltas; done += BATCH_RECORDS) {
    const records = Array.from({ length: BATCH_RECORDS }, (_, index) => next(done + index))
    const batchSeconds = cpuSecondsOf(() => void task.process(records))
    // The first pass over all teams makes them; what is asked is what they cost from then on.
    if (done < deltas / 2) continue
    seconds += batchSeconds
    timed += records.length
  }
  return Promise.resolve({ microsPerDelta: (seconds * 1e6) / timed })
})
