import { errorText } from '../cli-error.ts'
import { createGatewayClient } from '../send/gateway-client.ts'
import { httpDelivery } from '../send/http-delivery.ts'
import type { Reporter } from './reporter.ts'
import { showLive } from './show-live.ts'
import { simulate } from './simulate.ts'
import type { SimulationProgress } from './simulate.ts'
import type { RunningMeterline } from './start-meterline.ts'
import type { Stopper } from './stopper.ts'
import type { UpFlags } from './up-flags.ts'

const SIMULATION_GIVES_UP_AFTER_MS = 10 * 60_000

export interface RunOptions {
  readonly running: RunningMeterline
  readonly flags: UpFlags
  readonly stateDir: string
  readonly reporter: Reporter
  readonly stopper: Stopper
}

/** Simulates and shows until Ctrl-C. A simulation that fails is told, and ends nothing else. */
export async function runUntilStopped(options: RunOptions): Promise<void> {
  const { running, flags, stateDir, reporter, stopper } = options
  let progress: SimulationProgress | undefined
  const wantsSimulation = flags.simulation && flags.empty !== true
  const simulation = wantsSimulation
    ? startSimulation(running, { stateDir, stopper, reporter, onProgress: (made) => (progress = made) })
    : Promise.resolve()
  stopper.add('simulation', () => simulation)
  const closeView = await showLive({
    kafka: running.kafka,
    sinceMs: Date.now(),
    simulation: () => progress,
    notices: process.stdout.isTTY ? reporter.collectNotices() : () => [],
  })
  stopper.add('view', closeView)
  await stopper.aborted.catch(() => undefined)
}

async function startSimulation(
  { credentials }: RunningMeterline,
  of: Pick<RunOptions, 'stateDir' | 'stopper' | 'reporter'> & {
    readonly onProgress: (progress: SimulationProgress) => void
  },
): Promise<void> {
  const { stateDir, stopper, reporter, onProgress } = of
  const client = createGatewayClient({
    url: credentials.gateway_url,
    giveUpAfterMs: SIMULATION_GIVES_UP_AFTER_MS,
    signal: stopper.signal,
  })
  const delivery = httpDelivery(client, new Map(credentials.keys.map(({ id, secret }) => [id, secret])))
  try {
    await simulate({ delivery, stateDir, signal: stopper.signal, onProgress })
  } catch (error) {
    if (!stopper.signal.aborted) reporter.line(`the simulation ended: ${errorText(error)}`)
  }
}
