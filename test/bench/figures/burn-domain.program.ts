import { HOUR_MS, MINUTE_MS } from '@meterline/domain'
import type { SpendDelta } from '@meterline/domain'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import { quietRange } from '../../../services/processor/src/burn/rules/quiet-range.ts'
import { BurnState } from '../../../services/processor/src/burn/state/burn-state.ts'
import { burnPolicy, teamSpend } from '../load/team-deltas.ts'
import { cpuSecondsOf } from '../measure/own-cpu.ts'
import { program } from '../measure/program.ts'

export interface BurnDomainInput {
  readonly teams: number
  readonly deltas: number
  /** Of spend in each minute by each team, before anything is timed. */
  readonly hours: number
}

export interface BurnDomainResult {
  readonly microsPerDelta: number
  /** After a garbage collection, with the windows of these hours and the detectors of all teams. */
  readonly residentMib: number
  /** Objects and numbers of burn: without the program itself. */
  readonly heldMib: number
}

const BATCH_DELTAS = 5_000
const MIB = 1024 ** 2
const MINUTES_PER_HOUR = HOUR_MS / MINUTE_MS

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** What burn keeps, without its topology: decoded deltas into the windows of their scopes, and the rules where they may speak. */
await program(({ teams, deltas, hours }: BurnDomainInput): Promise<BurnDomainResult> => {
  const burn = new BurnState()
  const endMs = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS
  burn.adopt(burnPolicy(endMs))
  collect()
  const heldBefore = heldBytes()
  spendForHours(burn, { teams, hours, endMs })
  const next = teamSpend({ teams, deltas, endMs })
  let seconds = 0
  let timed = 0
  for (let done = 0; done < deltas; done += BATCH_DELTAS) {
    const batch = Array.from({ length: BATCH_DELTAS }, (_, index) => next(done + index))
    const batchSeconds = cpuSecondsOf(() => {
      for (const delta of batch) spend(burn, delta)
      takeMarks(burn)
    })
    if (done < deltas / 2) continue
    seconds += batchSeconds
    timed += batch.length
  }
  collect()
  return Promise.resolve({
    microsPerDelta: (seconds * 1e6) / timed,
    residentMib: process.memoryUsage.rss() / MIB,
    heldMib: (heldBytes() - heldBefore) / MIB,
  })
})

function spendForHours(burn: BurnState, of: { teams: number; hours: number; endMs: number }): void {
  const minutes = of.hours * MINUTES_PER_HOUR
  // The timed deltas end where these began to end: they come after.
  const startMs = of.endMs - minutes * MINUTE_MS - HOUR_MS
  for (let minute = 0; minute < minutes; minute += 1) {
    const paneMs = startMs + minute * MINUTE_MS
    for (let team = 0; team < of.teams; team += 1) spend(burn, spendAt(team, paneMs + (team % 60) * 1_000))
    takeMarks(burn)
  }
  for (const scope of burn.scopes.values()) {
    for (const pane of ['5m', '1h'] as const) {
      burn.watchedPane(scope, pane)
    }
  }
}

function spendAt(team: number, paneStartMs: number): SpendDelta {
  return {
    kind: 'delta',
    scope: `team:team-${team}`,
    pane_start: paneStartMs,
    credits_micro: 1_000_000 + team,
    requests: 2,
    unrated_requests: 0,
    units: {},
    drivers: [],
  }
}

function spend(burn: BurnState, delta: SpendDelta): void {
  burn.clockMs = Math.max(burn.clockMs, delta.pane_start)
  const scope = burn.scope(delta.scope)
  scope.advance(burn.clockMs, burn.calendar)
  scope.add(delta, burn.calendar)
  if (!scope.isQuiet(burn.clockMs, burn.calendar)) scope.quiet = quietRange(burn, scope)
}

/** As after each batch, without the records that are made of them. */
function takeMarks(burn: BurnState): void {
  for (const { marks } of burn.takeMarked()) {
    marks.takeMinutes(() => undefined)
    marks.takeDetectors()
    marks.takeOthers()
  }
}

function heldBytes(): number {
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
