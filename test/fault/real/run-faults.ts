import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { ROOT } from '../../bench/stack/paths.ts'
import { noonZone } from '../../support/replay/calendar.ts'
import { random } from '../../support/replay/random.ts'
import { drawFaults } from './draw-faults.ts'
import type { Fault, Scene } from './faults/fault.ts'
import type { Form } from './form.ts'
import { takeAccount } from './oracle/take-account.ts'
import type { Account } from './oracle/take-account.ts'
import { inTime } from './in-time.ts'
import { progressAgain } from './progress.ts'
import { budgetsOf } from './traffic/plan.ts'
import { startTraffic } from './traffic/steady-traffic.ts'
import type { SteadyTraffic } from './traffic/steady-traffic.ts'
import { faultsOrganization } from './world/organization.ts'
import { startWorld } from './world/world.ts'
import type { World } from './world/world.ts'

/** One line of the table. */
export interface FaultRecord {
  readonly name: string
  readonly what: string
  readonly note: string
  /** From the strike to its end: for a kill, nothing. */
  readonly lastedMs: number
  /** From the end of the fault until the whole path goes on; `undefined` when it did not, or was not run. */
  readonly recoveredMs: number | undefined
  readonly events: number
  readonly problem: string | undefined
  readonly notRun: string | undefined
}

export interface FaultRun extends Account {
  readonly form: Form
  readonly faults: readonly FaultRecord[]
  readonly seconds: number
}

const START_WITHIN_MS = 60_000
const SENT_POLL_MS = 100
/** The longest one restarts three brokers, each after the other is back. */
const STRIKE_WITHIN_MS = 180_000
/** Beyond all deadlines of a single question. */
const ANSWER_WITHIN_MS = 60_000
const UNFINISHED_EVERY_MS = 15_000

/** Traffic, faults, and then the account. Leaves nothing behind, however it ends. */
export async function runFaults(form: Form, say: (line: string) => void): Promise<FaultRun> {
  const startMs = performance.now()
  const monthlyCredits = budgetsOf(form.seed, form.events)
  const { name: timeZone } = noonZone(Date.now())
  const world = await startWorld({ organization: faultsOrganization({ timeZone, monthlyCredits }) })
  const seconds = (): number => (performance.now() - startMs) / 1_000
  say(`${seconds().toFixed(0)} s: brokers, ClickHouse and services run in ${world.stateDir}`)
  let traffic: SteadyTraffic | undefined
  let isBroken = true
  try {
    traffic = await startTraffic(world, form)
    const scene: Scene = { world, traffic, form, next: random(form.seed ^ 0xfa17) }
    const said: string[] = []
    const tell = (line: string): void => {
      said.push(`${seconds().toFixed(0)} s: ${line}`)
      say(line)
    }
    // Says all it said until then: nobody may have kept what it printed.
    const late = (): string =>
      [`the run was not over within ${form.deadlineMs} ms; it had said:`, ...said].join('\n')
    const run = await inTime(strikeAndAccount(scene, tell), form.deadlineMs, late)
    isBroken =
      [...Object.values(run.checks).flat(), ...run.faults.flatMap(({ problem }) => problem ?? [])].length > 0
    return { form, ...run, seconds: seconds() }
  } finally {
    if (isBroken) await keepLogs(world, say)
    await traffic?.close()
    await world.stop()
  }
}

async function strikeAndAccount(
  scene: Scene,
  say: (line: string) => void,
): Promise<Pick<FaultRun, 'faults' | 'checks' | 'counts'>> {
  const { world, traffic, form } = scene
  const firstMs = await progressAgain(world, START_WITHIN_MS)
  say(`traffic runs; the first events are stored after ${(firstMs / 1_000).toFixed(1)} s`)
  const faults: FaultRecord[] = []
  for (const fault of drawFaults(form)) {
    const record = await strike(fault, scene)
    faults.push(record)
    say(sentence(record))
  }
  while (traffic.sentEvents < form.events) await sleep(SENT_POLL_MS)
  say(`${traffic.sentEvents} events were sent; waiting for the last acknowledgements`)
  const watching = setInterval(() => {
    const stalls = traffic.kafka.stalls.map((stall) => `; ${stall}`).join('')
    say(`${traffic.openTicks} ticks are not acknowledged yet${stalls}`)
  }, UNFINISHED_EVERY_MS)
  await traffic.finish().finally(() => clearInterval(watching))
  say('all is acknowledged; taking the account')
  return { faults, ...(await takeAccount(world, traffic, say)) }
}

/** What the servers and services said, for who has to find out. */
async function keepLogs(world: World, say: (line: string) => void): Promise<void> {
  const to = join(ROOT, '.meterline/faults', `logs-${Date.now()}`)
  await cp(join(world.stateDir, 'logs'), to, { recursive: true })
  say(`the logs are kept in ${to}`)
}

async function strike(fault: Fault, scene: Scene): Promise<FaultRecord> {
  const { name, what } = fault
  const before = scene.traffic.sentEvents
  const startMs = performance.now()
  let lastedMs = 0
  let note = ''
  let notRun: string | undefined
  let recoveredMs: number | undefined
  let problem: string | undefined
  try {
    const result = await inTime(
      fault.strike(scene),
      STRIKE_WITHIN_MS,
      () => 'the fault itself was never over',
    )
    lastedMs = performance.now() - startMs
    if (result.kind === 'not-run') notRun = result.why
    else {
      note = result.note ?? ''
      const { recoversWithinMs } = fault
      recoveredMs = await inTime(
        progressAgain(scene.world, recoversWithinMs),
        recoversWithinMs + ANSWER_WITHIN_MS,
        () => 'a question about progress was never answered',
      )
    }
  } catch (error) {
    problem = error instanceof Error ? error.message : String(error)
  }
  return {
    name,
    what,
    note,
    lastedMs,
    recoveredMs,
    events: scene.traffic.sentEvents - before,
    problem,
    notRun,
  }
}

function sentence({ name, note, lastedMs, recoveredMs, problem, notRun, events }: FaultRecord): string {
  if (notRun !== undefined) return `!! ${name} WAS NOT RUN: ${notRun}`
  const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`
  if (problem !== undefined) return `!! ${name} (${note}): ${problem}`
  return `${name}${note === '' ? '' : ` (${note})`}: lasted ${seconds(lastedMs)}, on again after ${seconds(recoveredMs ?? 0)}, ${events} events meanwhile`
}
