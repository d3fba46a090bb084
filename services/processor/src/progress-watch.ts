import type { PartitionEvent, PartitionRun, PartitionState } from '@meterline/kafka'
import {
  createStallWatch,
  DEFAULT_STALL_BOUND_MS,
  type Probe,
  probe,
  type ServiceShell,
  watchForStall,
} from '@meterline/runtime'
import type { WatchedUnit } from '@meterline/runtime'

export interface ProgressWatch {
  /** Trouble that Kafka reports explains a standstill. */
  observe(event: PartitionEvent): void
  /** Looks at the run from now on. */
  begin(run: Pick<PartitionRun, 'progress'>): readonly Probe[]
  stop(): void
}

/** Health follows progress: a partition that stands still with work is red, and one that hangs ends the process, which says why. */
export function createProgressWatch(options: {
  readonly name: string
  readonly topic: string
  readonly fail: ServiceShell['fail']
  readonly boundMs?: number
}): ProgressWatch {
  const { name, topic, fail, boundMs } = options
  const watch = createStallWatch(boundMs === undefined ? {} : { boundMs })
  const unitOf = (partition: number): string => `${topic}/${partition}`
  let looking: { stop(): void } | undefined
  return {
    observe(event) {
      if (event.kind === 'dropped' || event.kind === 'trouble') watch.excuse()
      // Halted waits for a person: to start again would not help.
      if (event.kind === 'released' || event.kind === 'halted') watch.forget(unitOf(event.partition))
    },
    begin(run) {
      const units = (): WatchedUnit[] =>
        [...run.progress()].flatMap(([partition, { state, position = 0, lagRecords }]) =>
          state === 'running' ? [{ name: unitOf(partition), position, lag: lagRecords }] : [],
        )
      looking = watchForStall({ watch, units, onStall: fail })
      return [
        probe(`${name} progress`, () => watch.check()),
        haltProbe(name, run),
        openProbe(name, run, boundMs ?? DEFAULT_STALL_BOUND_MS),
      ]
    },
    stop: () => looking?.stop(),
  }
}

/** A partition that is held and cannot be opened has work nobody sees: its lag is only known once it is read. */
function openProbe(name: string, run: Pick<PartitionRun, 'progress'>, boundMs: number): Probe {
  return probe(`${name} take-over`, () => {
    const nowMs = Date.now()
    const stuck = [...run.progress()]
      .filter(([, { state, lastAdvanceMs }]) => isOpening(state) && nowMs - lastAdvanceMs >= boundMs)
      .map(([id]) => id)
    return stuck.length === 0
      ? { ok: true }
      : {
          ok: false,
          detail: `partitions ${stuck.join(', ')} could not be opened for ${Math.round(boundMs / 1_000)} s: see the log`,
        }
  })
}

const isOpening = (state: PartitionState): boolean => state === 'opening' || state === 'waiting'

function haltProbe(name: string, run: Pick<PartitionRun, 'progress'>): Probe {
  return probe(`${name} partitions`, () => {
    const halted = [...run.progress()].filter(([, { state }]) => state === 'halted').map(([id]) => id)
    return halted.length === 0
      ? { ok: true }
      : { ok: false, detail: `partitions ${halted.join(', ')} stand still: see the log` }
  })
}
