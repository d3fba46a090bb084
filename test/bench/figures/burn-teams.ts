import { join } from 'node:path'

import type { Bench } from '../bench.ts'
import { runProgram } from '../measure/program.ts'
import { median } from '../measure/statistics.ts'
import type { TableFigure } from '../report/figure.ts'
import type { BurnTeamsInput, BurnTeamsResult } from './burn-teams.program.ts'

const PROGRAM = join(import.meta.dirname, 'burn-teams.program.ts')
const TEAMS = [100, 1_000, 10_000, 100_000]
/** At least ten for each team. */
const DELTAS = 1_000_000
const AIM_GIB = 4
const MIB_PER_GIB = 1_024
const DEADLINE_MS = 180_000
/** Once for the largest: it takes as long as all the others together. */
const MAX_ROUNDS = 3

/** What an event costs, and what a team holds, as teams grow from a hundred to a hundred thousand; no Kafka. */
export async function measureBurnTeams(bench: Bench): Promise<TableFigure> {
  const rows: string[][] = []
  let firstMicros: number | undefined
  for (const teams of TEAMS) {
    const results: BurnTeamsResult[] = []
    for (let round = 0; round < Math.min(bench.options.rounds, MAX_ROUNDS); round += 1) {
      bench.say(`burn, ${teams} teams, round ${round + 1}`)
      results.push(await run(bench, { teams, deltas: DELTAS }))
    }
    const micros = median(results.map(({ microsPerDelta }) => microsPerDelta))
    firstMicros ??= micros
    const held = median(results.map(({ heldMib }) => heldMib))
    const resident = median(results.map(({ residentMib }) => residentMib))
    rows.push([
      String(teams),
      micros.toFixed(2),
      Math.round(1e6 / micros).toString(),
      (micros / firstMicros).toFixed(2),
      ((held * MIB_PER_GIB) / teams).toFixed(1),
      (resident / MIB_PER_GIB).toFixed(2),
    ])
  }
  return {
    kind: 'table',
    name: `burn, pure core, as teams grow; aim 1,000,000 deltas/s, flat, ${AIM_GIB} GiB`,
    columns: ['teams', 'µs of CPU each', 'deltas/s', 'to the first', 'KiB a team', 'GiB resident'],
    rows,
    notes: [
      `${DELTAS} deltas at 2,500 a second of event time over all teams, the second half timed; decode to encode of state and changelog`,
    ],
  }
}

function run(bench: Bench, input: BurnTeamsInput): Promise<BurnTeamsResult> {
  return runProgram<BurnTeamsResult>(PROGRAM, {
    input,
    deadlineMs: DEADLINE_MS,
    signal: bench.signal,
    profileDir: bench.options.profileDir,
  })
}
