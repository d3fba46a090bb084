import { join } from 'node:path'

import type { Bench } from '../bench.ts'
import { runProgram } from '../measure/program.ts'
import { median } from '../measure/statistics.ts'
import type { TableFigure } from '../report/figure.ts'
import type { BurnDomainInput, BurnDomainResult } from './burn-domain.program.ts'
import type { BurnTeamsInput, BurnTeamsResult } from './burn-teams.program.ts'

const TOPOLOGY = join(import.meta.dirname, 'burn-teams.program.ts')
const DOMAIN = join(import.meta.dirname, 'burn-domain.program.ts')
const TEAMS = [100, 1_000, 10_000, 100_000]
/** At least ten for each team. */
const DELTAS = 1_000_000
/** Of spend in each minute by each team: what the windows hold when memory is measured. */
const HOURS = 6
const AIM_GIB = 4
const MIB_PER_GIB = 1_024
/** A hundred thousand teams take 36 million panes before anything is timed. */
const DEADLINE_MS = 400_000
/** Once for the largest: it takes as long as all the others together. */
const MAX_ROUNDS = 3

/** What a delta costs, and what a team holds, as teams grow from a hundred to a hundred thousand; no Kafka. */
export async function measureBurnTeams(bench: Bench): Promise<TableFigure> {
  const rows: string[][] = []
  const first: { whole?: number; domain?: number; scopes?: number } = {}
  for (const teams of TEAMS) {
    const whole: BurnTeamsResult[] = []
    const domain: BurnDomainResult[] = []
    const rounds = teams === TEAMS.at(-1) ? 1 : Math.min(bench.options.rounds, MAX_ROUNDS)
    for (let round = 0; round < rounds; round += 1) {
      bench.say(`burn, ${teams} teams, round ${round + 1}`)
      whole.push(await run<BurnTeamsResult>(bench, TOPOLOGY, { teams, deltas: DELTAS }))
      domain.push(await run<BurnDomainResult>(bench, DOMAIN, { teams, deltas: DELTAS, hours: HOURS }))
    }
    const micros = median(whole.map(({ microsPerDelta }) => microsPerDelta))
    const domainMicros = median(domain.map(({ microsPerDelta }) => microsPerDelta))
    const scopes = median(whole.map(({ scopesPerDelta }) => scopesPerDelta))
    const perScope = first.whole === undefined ? '' : (micros - first.whole) / (scopes - (first.scopes ?? 0))
    first.whole ??= micros
    first.scopes ??= scopes
    first.domain ??= domainMicros
    rows.push([
      String(teams),
      ...rate(micros, first.whole),
      scopes.toFixed(3),
      perScope === '' ? '' : perScope.toFixed(1),
      median(whole.map(({ boundaryMs }) => boundaryMs)).toFixed(0),
      median(whole.map(({ boundaryMib }) => boundaryMib)).toFixed(1),
      ...rate(domainMicros, first.domain),
      ((median(domain.map(({ heldMib }) => heldMib)) * MIB_PER_GIB) / teams).toFixed(1),
      (median(domain.map(({ residentMib }) => residentMib)) / MIB_PER_GIB).toFixed(2),
    ])
  }
  return {
    kind: 'table',
    name: `burn, pure core, as teams grow; aim 1,000,000 deltas/s, flat, ${AIM_GIB} GiB`,
    columns: [
      'teams',
      'bytes to bytes, µs of CPU each',
      'deltas/s',
      'to the first',
      'scopes touched for each',
      'µs for each touched more than with the first',
      'ms of the batch that ends five minutes',
      'MiB of its changelog',
      'domain alone, µs',
      'deltas/s',
      'to the first',
      `KiB a team after ${HOURS} h`,
      'GiB resident',
    ],
    rows,
    notes: [
      `${DELTAS} deltas at 2,500 a second of event time over all teams, the second half timed`,
      'bytes to bytes: the topology, from encoded deltas to encoded alerts, states and changelog, batches of 5,000; one pane of five minutes ends on the way',
      'scopes touched: each owes a state and a record of the changelog with the batch',
      'domain alone: decoded deltas into windows, days and rules; every team has spent in each minute of the hours before',
    ],
  }
}

function rate(micros: number, first: number): string[] {
  return [micros.toFixed(2), Math.round(1e6 / micros).toString(), (micros / first).toFixed(2)]
}

function run<Result>(bench: Bench, file: string, input: BurnTeamsInput | BurnDomainInput): Promise<Result> {
  return runProgram<Result>(file, {
    input,
    deadlineMs: DEADLINE_MS,
    signal: bench.signal,
    profileDir: bench.options.profileDir,
  })
}
